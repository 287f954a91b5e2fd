package main

import (
	"math"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

type goldenCase struct {
	name    string
	message proto.Message
}

const largest = 1<<53 - 1

// between is a message from node 1 to node 2, of term 5 unless it belongs to none.
func between(t pb.MessageType, m *pb.Message) *pb.Message {
	m.Type, m.From, m.To = t.Enum(), new(uint64(1)), new(uint64(2))
	if t != pb.MsgProp && t != pb.MsgReadIndex && m.Term == nil {
		m.Term = new(uint64(5))
	}
	return m
}

func u(v uint64) *uint64 { return new(v) }

func normal(term, index uint64, data []byte) *pb.Entry {
	return &pb.Entry{Term: u(term), Index: u(index), Data: data}
}

func change(term, index uint64, cc pb.ConfChangeI) *pb.Entry {
	t, data, err := pb.MarshalConfChange(cc)
	must(err)
	return &pb.Entry{Term: u(term), Index: u(index), Type: t.Enum(), Data: data}
}

func proposed(cc pb.ConfChangeI) *pb.Entry {
	t, data, err := pb.MarshalConfChange(cc)
	must(err)
	return &pb.Entry{Type: t.Enum(), Data: data}
}

func v1(t pb.ConfChangeType, node uint64, context []byte) *pb.ConfChange {
	return &pb.ConfChange{Type: t.Enum(), NodeId: u(node), Context: context}
}

func v2(t pb.ConfChangeTransition, context []byte, changes ...*pb.ConfChangeSingle) *pb.ConfChangeV2 {
	return &pb.ConfChangeV2{Transition: t.Enum(), Changes: changes, Context: context}
}

func single(t pb.ConfChangeType, node uint64) *pb.ConfChangeSingle {
	return &pb.ConfChangeSingle{Type: t.Enum(), NodeId: u(node)}
}

func joint() *pb.ConfState {
	return &pb.ConfState{
		Voters:         []uint64{1, 2, 300},
		VotersOutgoing: []uint64{1, 2, 3},
		Learners:       []uint64{7},
		LearnersNext:   []uint64{3},
		AutoLeave:      new(true),
	}
}

func snapshot(data []byte) *pb.Snapshot {
	return &pb.Snapshot{Data: data, Metadata: &pb.SnapshotMetadata{ConfState: joint(), Index: u(1000), Term: u(4)}}
}

func replace() *pb.ConfChangeV2 {
	return v2(pb.ConfChangeTransitionJointExplicit, []byte("why"),
		single(pb.ConfChangeAddNode, 4), single(pb.ConfChangeRemoveNode, 1),
		single(pb.ConfChangeUpdateNode, 2), single(pb.ConfChangeAddLearnerNode, 300))
}

func cases() []goldenCase {
	data := []byte("x=1")
	all := []goldenCase{
		{"MsgProp", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{{Data: data}}})},
		{"MsgProp without and with empty data", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{{}, {Data: []byte{}}}})},
		{"MsgProp of a membership change", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{proposed(v1(pb.ConfChangeAddLearnerNode, 4, data))}})},
		{"MsgProp to leave", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{proposed(nil)}})},
		{"MsgApp without entries", between(pb.MsgApp, &pb.Message{Index: u(0), LogTerm: u(0), Commit: u(0)})},
		{"MsgApp", between(pb.MsgApp, &pb.Message{Index: u(300), LogTerm: u(4), Commit: u(299), Entries: []*pb.Entry{
			normal(4, 301, nil), normal(4, 302, []byte{}), normal(5, 303, data),
			change(5, 304, v1(pb.ConfChangeAddNode, 4, nil)), change(5, 305, v1(pb.ConfChangeRemoveNode, 4, []byte{})),
			change(5, 306, v1(pb.ConfChangeUpdateNode, 0, data)), change(5, 307, replace()),
			change(5, 308, v2(pb.ConfChangeTransitionJointImplicit, nil, single(pb.ConfChangeAddNode, 5))),
			change(5, 309, v2(pb.ConfChangeTransitionAuto, nil)), change(5, 310, nil),
		}})},
		{"MsgApp of the largest numbers", between(pb.MsgApp, &pb.Message{Term: u(largest), Index: u(largest - 2), LogTerm: u(largest), Commit: u(largest - 2),
			Entries: []*pb.Entry{normal(largest, largest-1, data)}})},
		{"MsgAppResp", between(pb.MsgAppResp, &pb.Message{Index: u(303)})},
		{"MsgAppResp that rejects", between(pb.MsgAppResp, &pb.Message{Index: u(303), Reject: new(true), RejectHint: u(200), LogTerm: u(3)})},
		{"MsgVote", between(pb.MsgVote, &pb.Message{Index: u(303), LogTerm: u(4)})},
		{"MsgVote of a transfer", between(pb.MsgVote, &pb.Message{Index: u(303), LogTerm: u(4), Context: []byte("CampaignTransfer")})},
		{"MsgVote with another context", between(pb.MsgVote, &pb.Message{Index: u(303), LogTerm: u(4), Context: []byte("CampaignElection")})},
		{"MsgVoteResp", between(pb.MsgVoteResp, &pb.Message{})},
		{"MsgVoteResp that rejects", between(pb.MsgVoteResp, &pb.Message{Reject: new(true)})},
		{"MsgPreVote", between(pb.MsgPreVote, &pb.Message{Index: u(303), LogTerm: u(4)})},
		{"MsgPreVoteResp", between(pb.MsgPreVoteResp, &pb.Message{})},
		{"MsgPreVoteResp that rejects", between(pb.MsgPreVoteResp, &pb.Message{Reject: new(true)})},
		{"MsgSnap", between(pb.MsgSnap, &pb.Message{Snapshot: snapshot(data)})},
		{"MsgSnap without data", between(pb.MsgSnap, &pb.Message{Snapshot: &pb.Snapshot{Metadata: &pb.SnapshotMetadata{
			ConfState: &pb.ConfState{Voters: []uint64{1}, AutoLeave: new(false)}, Index: u(1), Term: u(1)}}})},
		{"MsgHeartbeat", between(pb.MsgHeartbeat, &pb.Message{Commit: u(299)})},
		{"MsgHeartbeat with eight bytes that are a number", between(pb.MsgHeartbeat, &pb.Message{Commit: u(299), Context: []byte{0, 0, 0, 0, 0, 0, 1, 2}})},
		{"MsgHeartbeat with eight bytes that are none", between(pb.MsgHeartbeat, &pb.Message{Commit: u(299), Context: []byte{0, 0x20, 0, 0, 0, 0, 0, 0}})},
		{"MsgHeartbeatResp", between(pb.MsgHeartbeatResp, &pb.Message{})},
		{"MsgHeartbeatResp with a context", between(pb.MsgHeartbeatResp, &pb.Message{Context: []byte("ctx")})},
		{"MsgTransferLeader", between(pb.MsgTransferLeader, &pb.Message{})},
		{"MsgTimeoutNow", between(pb.MsgTimeoutNow, &pb.Message{})},
		{"MsgReadIndex", between(pb.MsgReadIndex, &pb.Message{Entries: []*pb.Entry{{Data: []byte("read")}}})},
		{"MsgReadIndexResp", between(pb.MsgReadIndexResp, &pb.Message{Index: u(300), Entries: []*pb.Entry{{Data: []byte("read")}}})},
	}
	return append(append(all, unusual()...), parts()...)
}

// unusual are messages that decode all the same, and those that must not.
func unusual() []goldenCase {
	zero := &pb.Message{Index: u(303), LogTerm: u(0), Commit: u(0), Vote: u(0), Reject: new(false), RejectHint: u(0),
		Snapshot: &pb.Snapshot{Metadata: &pb.SnapshotMetadata{ConfState: &pb.ConfState{AutoLeave: new(false)}, Index: u(0), Term: u(0)}}}
	all := []goldenCase{
		{"MsgAppResp with every field, as by versions before 3.7", between(pb.MsgAppResp, zero)},
		{"MsgAppResp without an index", between(pb.MsgAppResp, &pb.Message{})},
		{"MsgHeartbeat with responses and a vote", between(pb.MsgHeartbeat, &pb.Message{Commit: u(299), Vote: u(9), Responses: []*pb.Message{{Type: pb.MsgHup.Enum()}}})},
		{"MsgSnap without a snapshot", between(pb.MsgSnap, &pb.Message{})},
		{"refused: MsgReadIndex without a context", between(pb.MsgReadIndex, &pb.Message{})},
		{"refused: MsgReadIndexResp with two", between(pb.MsgReadIndexResp, &pb.Message{Entries: []*pb.Entry{{}, {}}})},
		{"refused: a term beyond", between(pb.MsgApp, &pb.Message{Term: u(largest + 1)})},
		{"refused: the largest of all terms", between(pb.MsgApp, &pb.Message{Term: u(math.MaxUint64)})},
		{"refused: an index beyond", between(pb.MsgApp, &pb.Message{Entries: []*pb.Entry{normal(1, largest+1, nil)}})},
		{"refused: an unknown type", between(pb.MessageType(24), &pb.Message{})},
		{"refused: an unknown type of entry", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{{Type: pb.EntryType(3).Enum()}}})},
		{"refused: an unknown type of change", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{proposed(v1(4, 1, nil))}})},
		{"refused: an unknown transition", between(pb.MsgProp, &pb.Message{Entries: []*pb.Entry{proposed(v2(3, nil))}})},
	}
	for _, t := range []pb.MessageType{pb.MsgHup, pb.MsgBeat, pb.MsgUnreachable, pb.MsgSnapStatus, pb.MsgCheckQuorum, pb.MsgStorageAppend,
		pb.MsgStorageAppendResp, pb.MsgStorageApply, pb.MsgStorageApplyResp, pb.MsgForgetLeader} {
		all = append(all, goldenCase{"refused: " + t.String(), between(t, &pb.Message{})})
	}
	return all
}

// parts are what a log and its neighbours are made of.
func parts() []goldenCase {
	return []goldenCase{
		{"an entry", normal(5, 303, []byte("x=1"))},
		{"an entry without data", normal(5, 303, nil)},
		{"an entry with a membership change", change(5, 304, replace())},
		{"a hard state", &pb.HardState{Term: u(5), Vote: u(2), Commit: u(300)}},
		{"a hard state without a vote", &pb.HardState{Term: u(5), Vote: u(0), Commit: u(0)}},
		{"a membership", joint()},
		{"nobody", &pb.ConfState{AutoLeave: new(false)}},
		{"a snapshot", snapshot([]byte("x=1"))},
		{"a change", v1(pb.ConfChangeUpdateNode, 300, []byte("why"))},
		{"a change with an id", &pb.ConfChange{Id: u(77), Type: pb.ConfChangeRemoveNode.Enum(), NodeId: u(3)}},
		{"several changes", replace()},
	}
}
