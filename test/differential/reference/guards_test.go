package reference

import (
	"fmt"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/rafttest"
)

// How often all nodes together may look into their logs, and write to them, during one command. What takes more never ends.
// With synchronous writes there is a write for each Ready, be it of nothing.
const (
	maxReads  = 300_000
	maxWrites = 20_000
)

// meter counts what one command costs, in a measure that is the same on every machine.
type meter struct{ reads, writes int }

func (m *meter) reset() { *m = meter{} }

func (m *meter) read() {
	if m.reads++; m.reads > maxReads {
		panic(stop{"endless", fmt.Sprintf("more than %d reads of the logs in one command", maxReads)})
	}
}

func (m *meter) write() {
	if m.writes++; m.writes > maxWrites {
		panic(stop{"endless", fmt.Sprintf("more than %d writes to the logs in one command", maxWrites)})
	}
}

// meteredStorage is a storage whose reads are counted.
type meteredStorage struct {
	raft.Storage
	meter *meter
}

func (s meteredStorage) FirstIndex() (uint64, error) {
	s.meter.read()
	return s.Storage.FirstIndex()
}

func (s meteredStorage) LastIndex() (uint64, error) {
	s.meter.read()
	return s.Storage.LastIndex()
}

func (s meteredStorage) Term(index uint64) (uint64, error) {
	s.meter.read()
	return s.Storage.Term(index)
}

// countingStorage is a storage whose writes are counted, and whose installed snapshots.
type countingStorage struct {
	rafttest.Storage
	meter     *meter
	snapshots *int
}

func (s countingStorage) Append(entries []*raftpb.Entry) error {
	s.meter.write()
	return s.Storage.Append(entries)
}

func (s countingStorage) ApplySnapshot(snapshot *raftpb.Snapshot) error {
	*s.snapshots++
	return s.Storage.ApplySnapshot(snapshot)
}

// ear is a logger that tells in which term a node is whenever it says something, and in which it was before.
type ear struct {
	raft.Logger
	node  *raft.RawNode
	heard func(status raft.BasicStatus, before uint64)
	term  uint64
}

func (e *ear) Infof(format string, args ...any) {
	status := e.node.BasicStatus()
	before := e.term
	e.term = status.GetTerm()
	e.heard(status, before)
	e.Logger.Infof(format, args...)
}
