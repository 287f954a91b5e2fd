// Command etcd writes golden files with the raftpb of etcd-io/raft, and reads what quorate has written with it.
//
//	go run . write > ../etcd.json
//	go run . read < ../quorate.jsonl > ../read-by-etcd.jsonl
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type golden struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Hex  string `json:"hex"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "write" {
		write()
	} else if len(os.Args) == 2 && os.Args[1] == "read" {
		read()
	} else {
		fmt.Fprintln(os.Stderr, "usage: go run . write | read")
		os.Exit(2)
	}
}

// write prints one golden per line, as one array, so that a change of one shows as a change of one line.
func write() {
	var all []golden
	for _, c := range cases() {
		all = append(all, golden{Name: c.name, Kind: string(c.message.ProtoReflect().Descriptor().Name()), Hex: marshal(c.message)})
	}
	for i, m := range traffic() {
		all = append(all, golden{Name: fmt.Sprintf("traffic %d: %s", i+1, m.GetType()), Kind: "Traffic", Hex: marshal(m)})
	}
	lines := make([]string, 0, len(all))
	for _, g := range all {
		line, err := json.Marshal(g)
		must(err)
		lines = append(lines, "  "+string(line))
	}
	fmt.Printf("[\n%s\n]\n", strings.Join(lines, ",\n"))
}

func marshal(m proto.Message) string {
	out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	must(err)
	return hex.EncodeToString(out)
}

// read unmarshals each message and says what it saw: every field that is set, by its name, and how many bytes it did not
// know. What it marshals again must be what it was given, or something was lost.
func read() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var g golden
		must(json.Unmarshal(in.Bytes(), &g))
		raw, err := hex.DecodeString(g.Hex)
		must(err)
		m := &raftpb.Message{}
		must(proto.Unmarshal(raw, m))
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		must(err)
		line, err := json.Marshal(map[string]any{
			"name":    g.Name,
			"fields":  describe(m.ProtoReflect()),
			"unknown": len(m.ProtoReflect().GetUnknown()),
			"same":    bytes.Equal(raw, again),
		})
		must(err)
		fmt.Println(string(line))
	}
	must(in.Err())
}

// describe is the message as plain JSON: numbers as strings, bytes as hex, and the content of membership changes as raftpb sees it.
func describe(m protoreflect.Message) map[string]any {
	out := map[string]any{}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.IsList() {
			list := []any{}
			for i := range v.List().Len() {
				list = append(list, describeValue(fd, v.List().Get(i)))
			}
			out[string(fd.Name())] = list
		} else {
			out[string(fd.Name())] = describeValue(fd, v)
		}
		return true
	})
	if e, ok := m.Interface().(*raftpb.Entry); ok && len(e.GetData()) > 0 {
		switch e.GetType() {
		case raftpb.EntryConfChange:
			out["Data"] = describeBytes(e.GetData(), &raftpb.ConfChange{})
		case raftpb.EntryConfChangeV2:
			out["Data"] = describeBytes(e.GetData(), &raftpb.ConfChangeV2{})
		}
	}
	return out
}

func describeBytes(data []byte, m proto.Message) map[string]any {
	must(proto.Unmarshal(data, m))
	return describe(m.ProtoReflect())
}

func describeValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return describe(v.Message())
	case protoreflect.EnumKind:
		return string(fd.Enum().Values().ByNumber(v.Enum()).Name())
	case protoreflect.BytesKind:
		return hex.EncodeToString(v.Bytes())
	case protoreflect.BoolKind:
		return v.Bool()
	default:
		return v.String()
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
