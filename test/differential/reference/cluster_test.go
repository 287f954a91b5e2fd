package reference

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/cockroachdb/datadriven"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/rafttest"
)

// facts is how far the cluster of a script got.
type facts struct {
	// Leaders is how many elections were won.
	Leaders int `json:"leaders"`
	// Committed is how many entries were committed, on the node that knows of the most.
	Committed uint64 `json:"committed"`
	// ConfChanges is how often the membership changed, on the node where it changed most often.
	ConfChanges int  `json:"confChanges"`
	Joint       bool `json:"joint"`
	Learners    bool `json:"learners"`
	// Snapshots is how many snapshots were installed.
	Snapshots int `json:"snapshots"`
	// Rivals is the number of the first command by which two nodes came to lead the same term, which Raft excludes unless
	// they were told of different memberships; -1 if that did not happen.
	Rivals int `json:"rivals"`
}

// cluster is the reference's interactive environment, watched.
type cluster struct {
	env   *rafttest.InteractionEnv
	meter *meter
	found facts
	// leaders are the leaders of each term, mostly one.
	leaders map[uint64]map[uint64]bool
	// changes counts the changes of membership per node, seen the elements of its history that have been looked at.
	changes, seen []int
	commands      int
}

func newCluster() *cluster {
	c := &cluster{meter: &meter{}, found: facts{Rivals: -1}, leaders: map[uint64]map[uint64]bool{}}
	c.env = rafttest.NewInteractionEnv(&rafttest.InteractionOpts{
		OnConfig:                     func(config *raft.Config) { config.Storage = meteredStorage{config.Storage, c.meter} },
		SetRandomizedElectionTimeout: setRandomizedElectionTimeout,
	})
	return c
}

func (c *cluster) handle(t *testing.T, d *datadriven.TestData) string {
	c.meter.reset()
	c.refuseStrangers(d)
	content := takeContent(d)
	output := c.env.Handle(t, *d)
	c.watchNewNodes(content)
	for i := range c.env.Nodes {
		c.look(i)
	}
	c.commands++
	return output
}

func (c *cluster) facts() *facts {
	for _, rivals := range c.leaders {
		c.found.Leaders += len(rivals)
	}
	for _, count := range c.changes {
		c.found.ConfChanges = max(c.found.ConfChanges, count)
	}
	return &c.found
}

// refuseStrangers stops at a change that is proposed on a node that is not there. The environment looks for other mistakes
// before it looks for the node.
func (c *cluster) refuseStrangers(d *datadriven.TestData) {
	if d.Cmd != "propose-conf-change" || len(d.CmdArgs) == 0 {
		return
	}
	if id, err := strconv.Atoi(d.CmdArgs[0].Key); err != nil || id > len(c.env.Nodes) {
		panic(stop{"refused", "propose-conf-change on a node that is not there"})
	}
}

// takeContent takes the option `content` out of a command. The environment knows it, and the version of datadriven that
// goes with it cannot read it; so it is put in by hand. It is the data of the first snapshot, which is never printed.
func takeContent(d *datadriven.TestData) []byte {
	at := slices.IndexFunc(d.CmdArgs, func(arg datadriven.CmdArg) bool { return arg.Key == "content" })
	if d.Cmd != "add-nodes" || at < 0 {
		return nil
	}
	if !d.HasArg("index") {
		panic(stop{"refused", "add-nodes with content and no index"})
	}
	content := []byte(strings.Join(d.CmdArgs[at].Vals, ","))
	d.CmdArgs = slices.Delete(slices.Clone(d.CmdArgs), at, at+1)
	return content
}

// watchNewNodes puts ears on the nodes that were added since it was last called.
func (c *cluster) watchNewNodes(content []byte) {
	for i := len(c.seen); i < len(c.env.Nodes); i++ {
		node := &c.env.Nodes[i]
		node.History[0].Data = content
		node.Storage = countingStorage{node.Storage, c.meter, &c.found.Snapshots}
		logger := raftField[raft.Logger](node.RawNode, "logger")
		*logger = &ear{Logger: *logger, node: node.RawNode, heard: c.hear}
		c.seen, c.changes = append(c.seen, 1), append(c.changes, 0)
	}
}

// hear is called whenever a node says something in its log, which it does at each change of its role and its term.
func (c *cluster) hear(status raft.BasicStatus, before uint64) {
	term := status.GetTerm()
	if term < before {
		// What the reference does from here on is no behaviour to compare with: Raft excludes it.
		panic(stop{"regressed", fmt.Sprintf("node %d fell back from term %d to %d", status.ID, before, term)})
	}
	if status.RaftState != raft.StateLeader {
		return
	}
	if c.leaders[term] == nil {
		c.leaders[term] = map[uint64]bool{}
	}
	c.leaders[term][status.ID] = true
	if len(c.leaders[term]) > 1 && c.found.Rivals < 0 {
		c.found.Rivals = c.commands
	}
}

// look notes how far a node has got.
func (c *cluster) look(i int) {
	node := &c.env.Nodes[i]
	status := node.BasicStatus()
	bootstrapped := node.History[0].GetMetadata().GetIndex()
	if commit := status.HardState.GetCommit(); commit > bootstrapped {
		c.found.Committed = max(c.found.Committed, commit-bootstrapped)
	}
	for ; c.seen[i] < len(node.History); c.seen[i]++ {
		before := node.History[c.seen[i]-1].GetMetadata().GetConfState()
		c.lookAtChange(i, before, node.History[c.seen[i]].GetMetadata().GetConfState())
	}
}

func (c *cluster) lookAtChange(i int, before, after *raftpb.ConfState) {
	if before.Equivalent(after) == nil {
		return
	}
	c.changes[i]++
	c.found.Joint = c.found.Joint || len(after.GetVotersOutgoing()) > 0
	c.found.Learners = c.found.Learners || len(after.GetLearners()) > 0
}

// raftField reaches a field that the reference keeps to itself.
func raftField[T any](node *raft.RawNode, name string) *T {
	field := reflect.ValueOf(node).Elem().FieldByName("raft").Elem().FieldByName(name)
	return (*T)(unsafe.Pointer(field.UnsafeAddr()))
}

func setRandomizedElectionTimeout(node *raft.RawNode, timeout int) {
	*raftField[int](node, "randomizedElectionTimeout") = timeout
}
