// Package reference replays scripts by the reference implementation and tells what each command printed.
//
// It is built with `go test -c`, since rafttest wants a *testing.T, and serves until its standard input ends: a request per
// line in, an answer per line out, both in JSON. Whatever else `testing` prints does not begin with a brace.
package reference

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// patience is how long a script may take before it counts as endless. The meter of a cluster is quicker than that, and
// counts the same on every machine; this is for loops that it does not see.
const patience = 10 * time.Second

// request is one script, without outputs.
type request struct {
	ID     int    `json:"id"`
	Folder string `json:"folder"`
	Script string `json:"script"`
}

// answer is what became of it.
type answer struct {
	ID int `json:"id"`
	// Outputs has one element per command, up to the end.
	Outputs []string `json:"outputs"`
	// End says why not all commands were carried out.
	End *end `json:"end"`
	// Facts says how far a cluster got.
	Facts *facts `json:"facts"`
	// Last is set if the process ends with this answer, since the script cannot be stopped otherwise.
	Last bool `json:"last"`
}

// end is why the command after the last output was the last one: it panicked, it was refused by the test harness, it did
// not end, or it fell back in term.
type end struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// handler carries out one command after the other, for one script.
type handler interface {
	handle(t *testing.T, d *datadriven.TestData) string
	facts() *facts
}

func newHandler(folder string) handler {
	switch folder {
	case "interaction":
		return newCluster()
	case "quorum":
		return quorumHandler{}
	case "confchange":
		return newConfiguration()
	}
	panic(fmt.Sprintf("no such folder: %s", folder))
}

func TestServe(t *testing.T) {
	out := json.NewEncoder(os.Stdout)
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var one request
		if err := json.Unmarshal(line, &one); err != nil {
			panic(err)
		}
		if err := out.Encode(serve(t, out, one)); err != nil {
			panic(err)
		}
	}
}

// serve replays one script. It does not come back if the script never ends.
func serve(t *testing.T, out *json.Encoder, one request) answer {
	var lock sync.Mutex
	result := answer{ID: one.ID, Outputs: []string{}}
	watchdog := time.AfterFunc(patience, func() {
		lock.Lock()
		result.End = &end{Kind: "endless", Text: fmt.Sprintf("not done after %v", patience)}
		result.Last = true
		_ = out.Encode(result)
		os.Exit(0)
	})
	defer watchdog.Stop()
	by := newHandler(one.Folder)
	t.Run(fmt.Sprint(one.ID), func(t *testing.T) {
		datadriven.RunTestFromString(t, one.Script, func(t *testing.T, d *datadriven.TestData) string {
			if result.End != nil {
				return d.Expected
			}
			output, ended := carryOut(t, by, d, &result)
			lock.Lock()
			defer lock.Unlock()
			if result.End = ended; ended == nil {
				result.Outputs = append(result.Outputs, output)
			}
			// Nothing is expected here: the comparison is made elsewhere.
			return d.Expected
		})
	})
	result.Facts = by.facts()
	return result
}

// carryOut does one command, and catches what it throws. A t.Fatal in it ends the goroutine, hence result is told as well.
func carryOut(t *testing.T, by handler, d *datadriven.TestData, result *answer) (output string, ended *end) {
	returned := false
	defer func() {
		thrown := recover()
		switch thrown := thrown.(type) {
		case nil:
			if !returned {
				result.End = &end{Kind: "refused", Text: d.Cmd}
			}
		case stop:
			ended = &end{Kind: thrown.kind, Text: thrown.text}
		default:
			ended = &end{Kind: "panic", Text: fmt.Sprint(thrown)}
		}
	}()
	output = by.handle(t, d)
	returned = true
	return output, nil
}

// stop is thrown by what watches over a cluster.
type stop struct{ kind, text string }
