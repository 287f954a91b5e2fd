package main

import (
	"fmt"
	"log"
	"os"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// perType is how many different messages of one type are kept.
const perType = 6

// cluster is a group of nodes on etcd-io/raft, whose messages are looked at on their way.
type cluster struct {
	nodes   map[uint64]*node
	cut     uint64
	sent    []*pb.Message
	counts  map[pb.MessageType]int
	seen    map[string]bool
	pending []*pb.Message
}

type node struct {
	*raft.RawNode
	storage *raft.MemoryStorage
	state   *pb.ConfState
	applied uint64
}

// traffic is what the nodes of a real group say to each other: elections, proposals, reads, a transfer, a rejected append,
// a snapshot, and a change of the membership through a joint configuration.
func traffic() []*pb.Message {
	raft.SetLogger(&raft.DefaultLogger{Logger: log.New(os.Stderr, "", 0)})
	c := &cluster{nodes: map[uint64]*node{}, counts: map[pb.MessageType]int{}, seen: map[string]bool{}}
	for id := uint64(1); id <= 3; id++ {
		c.add(id, []uint64{1, 2, 3})
	}
	must(c.nodes[1].Campaign())
	c.settle()
	for i := range 3 {
		must(c.nodes[1].Propose(fmt.Appendf(nil, "from the leader %d", i)))
		must(c.nodes[2].Propose(fmt.Appendf(nil, "from a follower %d", i)))
		c.settle()
	}
	c.nodes[2].ReadIndex([]byte("a read"))
	c.settle()
	c.nodes[1].Tick()
	c.settle()

	// Node 3 is away, falls behind what is kept of the log, and is brought up to date with a snapshot.
	c.cut = 3
	for i := range 4 {
		must(c.nodes[1].Propose(fmt.Appendf(nil, "while 3 is away %d", i)))
		c.settle()
	}
	leader := c.nodes[1]
	_, err := leader.storage.CreateSnapshot(leader.applied, leader.state, []byte("the state"))
	must(err)
	must(leader.storage.Compact(leader.applied))
	c.cut = 0
	leader.Tick()
	c.settle()
	leader.ReportSnapshot(3, raft.SnapshotFinish)
	leader.Tick()
	c.settle()

	// Node 4 takes the place of node 3.
	c.add(4, nil)
	must(leader.ProposeConfChange(v2(pb.ConfChangeTransitionJointImplicit, []byte("replace"), single(pb.ConfChangeAddNode, 4), single(pb.ConfChangeRemoveNode, 3))))
	c.settle()
	leader.Tick()
	c.settle()
	must(c.nodes[2].ProposeConfChange(v1(pb.ConfChangeAddLearnerNode, 3, nil)))
	c.settle()

	c.nodes[4].TransferLeader(2)
	c.settle()
	c.nodes[4].TransferLeader(4)
	c.settle()
	// The log of node 2 is behind now, and it is refused its vote.
	c.cut = 2
	must(c.nodes[4].Propose([]byte("that 2 does not have")))
	c.settle()
	c.cut = 0
	for range 30 {
		c.nodes[1].Tick()
		c.nodes[2].Tick()
		c.nodes[3].Tick()
	}
	must(c.nodes[2].Campaign())
	c.settle()
	return c.sent
}

func (c *cluster) add(id uint64, voters []uint64) {
	storage := raft.NewMemoryStorage()
	state := &pb.ConfState{Voters: voters}
	if len(voters) > 0 {
		must(storage.ApplySnapshot(&pb.Snapshot{Metadata: &pb.SnapshotMetadata{Index: u(1), Term: u(1), ConfState: state}}))
	}
	rn, err := raft.NewRawNode(&raft.Config{
		ID: id, ElectionTick: 10, HeartbeatTick: 1, Storage: storage, MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 16,
		PreVote: true, CheckQuorum: true,
	})
	must(err)
	c.nodes[id] = &node{RawNode: rn, storage: storage, state: state, applied: 1}
}

// settle works off everything that there is to do.
func (c *cluster) settle() {
	for busy := true; busy; {
		busy = false
		for id := uint64(1); id <= uint64(len(c.nodes)); id++ {
			if n := c.nodes[id]; n.HasReady() {
				busy = true
				c.work(n)
			}
		}
		pending := c.pending
		c.pending = nil
		for _, m := range pending {
			busy = true
			if n, ok := c.nodes[m.GetTo()]; ok && m.GetTo() != c.cut && m.GetFrom() != c.cut {
				_ = n.Step(m)
			}
		}
	}
}

func (c *cluster) work(n *node) {
	rd := n.Ready()
	if !raft.IsEmptySnap(rd.Snapshot) {
		must(n.storage.ApplySnapshot(rd.Snapshot))
		n.state, n.applied = rd.Snapshot.GetMetadata().GetConfState(), rd.Snapshot.GetMetadata().GetIndex()
	}
	must(n.storage.Append(rd.Entries))
	if !raft.IsEmptyHardState(rd.HardState) {
		must(n.storage.SetHardState(rd.HardState))
	}
	for _, m := range rd.Messages {
		c.note(m)
		c.pending = append(c.pending, proto.Clone(m).(*pb.Message))
	}
	for _, e := range rd.CommittedEntries {
		n.applied = e.GetIndex()
		switch e.GetType() {
		case pb.EntryConfChange:
			cc := &pb.ConfChange{}
			must(proto.Unmarshal(e.GetData(), cc))
			n.state = n.ApplyConfChange(cc)
		case pb.EntryConfChangeV2:
			cc := &pb.ConfChangeV2{}
			must(proto.Unmarshal(e.GetData(), cc))
			n.state = n.ApplyConfChange(cc)
		}
	}
	n.Advance(rd)
}

// note keeps the first few of each type, and all that carry a membership change or a context.
func (c *cluster) note(m *pb.Message) {
	t := m.GetType()
	special := len(m.GetContext()) > 0 || m.GetReject()
	for _, e := range m.GetEntries() {
		special = special || e.GetType() != pb.EntryNormal
	}
	if key := marshal(m); !c.seen[key] && (special || c.counts[t] < perType) {
		c.seen[key] = true
		c.counts[t]++
		c.sent = append(c.sent, proto.Clone(m).(*pb.Message))
	}
}
