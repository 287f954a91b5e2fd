package reference

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.etcd.io/raft/v3/quorum"
)

// quorumHandler answers what one majority, or two, have agreed on. Each command brings its voters.
type quorumHandler struct{}

func (quorumHandler) facts() *facts { return nil }

func (quorumHandler) handle(t *testing.T, d *datadriven.TestData) string {
	incoming, order := members(t, d, "cfg", nil)
	outgoing, order := members(t, d, "cfgj", order)
	joint := quorum.JointConfig{incoming, outgoing}
	if len(values(d, "idx"))+len(values(d, "votes")) != len(order) {
		panic(stop{"refused", "a question that does not say one thing of each voter"})
	}
	switch d.Cmd {
	case "committed":
		acked := ackedIndexes{}
		for i, text := range values(d, "idx") {
			if text != "_" {
				acked[order[i]] = quorum.Index(number(t, text))
			}
		}
		if d.HasArg("cfgj") {
			return fmt.Sprintf("%s%s\n", joint.Describe(acked), joint.CommittedIndex(acked))
		}
		return fmt.Sprintf("%s%s\n", incoming.Describe(acked), incoming.CommittedIndex(acked))
	case "vote":
		votes := map[uint64]bool{}
		for i, text := range values(d, "votes") {
			if text != "_" {
				votes[order[i]] = text == "y"
			}
		}
		if d.HasArg("cfgj") {
			return joint.VoteResult(votes).String()
		}
		return incoming.VoteResult(votes).String()
	}
	return "unknown command"
}

// ackedIndexes is what each voter has acknowledged.
type ackedIndexes map[uint64]quorum.Index

func (a ackedIndexes) AckedIndex(id uint64) (quorum.Index, bool) {
	index, ok := a[id]
	return index, ok
}

// members reads one half of a configuration, and appends those of its members that are new to the order of appearance.
func members(t *testing.T, d *datadriven.TestData, key string, order []uint64) (quorum.MajorityConfig, []uint64) {
	half := quorum.MajorityConfig{}
	known := quorum.MajorityConfig{}
	for _, id := range order {
		known[id] = struct{}{}
	}
	for _, text := range values(d, key) {
		if text == "zero" {
			continue
		}
		id := number(t, text)
		half[id] = struct{}{}
		if _, ok := known[id]; !ok {
			known[id] = struct{}{}
			order = append(order, id)
		}
	}
	return half, order
}

func values(d *datadriven.TestData, key string) []string {
	for _, arg := range d.CmdArgs {
		if arg.Key == key {
			return arg.Vals
		}
	}
	return nil
}

func number(t *testing.T, text string) uint64 {
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
