package reference

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.etcd.io/raft/v3/confchange"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// maxInflight is what the format says of the tracker.
const maxInflight = 10

// configuration is changed by one command after the other, without a node around it.
type configuration struct{ changer confchange.Changer }

func newConfiguration() *configuration {
	return &configuration{confchange.Changer{Tracker: tracker.MakeProgressTracker(maxInflight, 0)}}
}

func (c *configuration) facts() *facts { return nil }

func (c *configuration) handle(t *testing.T, d *datadriven.TestData) string {
	defer func() { c.changer.LastIndex++ }()
	changes, err := raftpb.ConfChangesFromString(d.Input)
	if err != nil {
		return err.Error()
	}
	config, progress, err := c.change(t, d, changes)
	if err != nil {
		return err.Error()
	}
	c.changer.Tracker.Config, c.changer.Tracker.Progress = config, progress
	return fmt.Sprintf("%s\n%s", config, progress)
}

func (c *configuration) change(
	t *testing.T, d *datadriven.TestData, changes []*raftpb.ConfChangeSingle,
) (tracker.Config, tracker.ProgressMap, error) {
	switch d.Cmd {
	case "simple":
		return c.changer.Simple(changes...)
	case "enter-joint":
		autoLeave := false
		if d.HasArg("autoleave") {
			d.ScanArgs(t, "autoleave", &autoLeave)
		}
		return c.changer.EnterJoint(autoLeave, changes...)
	case "leave-joint":
		return c.changer.LeaveJoint()
	}
	return tracker.Config{}, nil, fmt.Errorf("unknown command")
}
