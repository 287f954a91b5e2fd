// What the codec is measured by. A module of its own: nothing of it is part of the library.
module quorate/test/unit/codec/golden/etcd

go 1.26

require (
	go.etcd.io/raft/v3 v3.7.0
	google.golang.org/protobuf v1.36.11
)
