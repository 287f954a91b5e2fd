//! Writes golden files with the eraftpb of raft-rs, and reads what quorate has written with it.
//!
//!     cargo run --quiet write > ../raft-rs.json
//!     cargo run --quiet read < ../quorate-raft-rs.jsonl > ../read-by-raft-rs.jsonl

use protobuf::{Message as _, ProtobufEnum};
use raft_proto::eraftpb::*;
use std::io::BufRead;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("write") => write(),
        Some("read") => read(),
        _ => {
            eprintln!("usage: cargo run write | read");
            std::process::exit(2)
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

/// The value of a key in a line of JSON that holds nothing but plain strings.
fn string_of<'a>(line: &'a str, key: &str) -> &'a str {
    let start = line.find(&format!("\"{key}\":\"")).expect("key") + key.len() + 4;
    &line[start..start + line[start..].find('"').expect("quote")]
}

/// Parses each message and writes it again: what comes out is all that was understood, or kept as unknown.
fn read() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let message = Message::parse_from_bytes(&unhex(string_of(&line, "hex"))).expect("a message");
        let changes: Vec<String> = message.get_entries().iter().map(describe).collect();
        println!(
            "{{\"name\":\"{}\",\"type\":\"{:?}\",\"changes\":\"{}\",\"priority\":\"{}\",\"commit\":\"{}@{}\",\"hex\":\"{}\"}}",
            string_of(&line, "name"),
            message.get_msg_type(),
            changes.concat(),
            message.get_priority(),
            message.get_commit(),
            message.get_commit_term(),
            hex(&message.write_to_bytes().expect("bytes")),
        );
    }
}

/// The membership change of an entry, as this implementation takes it.
fn describe(entry: &Entry) -> String {
    let mut steps = Vec::new();
    if entry.get_entry_type() == EntryType::EntryConfChange {
        let change = ConfChange::parse_from_bytes(entry.get_data()).expect("a change");
        steps.push(format!("{:?} {}", change.get_change_type(), change.get_node_id()));
    } else if entry.get_entry_type() == EntryType::EntryConfChangeV2 {
        let change = ConfChangeV2::parse_from_bytes(entry.get_data()).expect("changes");
        steps.push(format!("{:?}", change.get_transition()));
        steps.extend(change.get_changes().iter().map(|one| format!("{:?} {}", one.get_change_type(), one.get_node_id())));
    } else {
        return String::new();
    }
    format!("[{}]", steps.join(", "))
}

fn message(kind: MessageType, fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::default();
    message.set_msg_type(kind);
    message.from = 1;
    message.to = 2;
    message.term = 5;
    fill(&mut message);
    message.write_to_bytes().expect("bytes")
}

fn write() {
    let mut all: Vec<(&str, Vec<u8>)> = vec![
        ("MsgVote with a priority and what is committed", message(MessageType::MsgRequestVote, |m| {
            m.index = 303;
            m.log_term = 4;
            m.priority = 7;
            m.deprecated_priority = 7;
            m.commit = 300;
            m.commit_term = 4;
        })),
        ("MsgPreVote with a priority below 0", message(MessageType::MsgRequestPreVote, |m| {
            m.index = 303;
            m.log_term = 4;
            m.priority = -7;
        })),
        ("MsgVoteResp with what is committed", message(MessageType::MsgRequestVoteResponse, |m| {
            m.reject = true;
            m.commit = 300;
            m.commit_term = 4;
        })),
        ("MsgAppResp that asks for a snapshot", message(MessageType::MsgAppendResponse, |m| {
            m.index = 303;
            m.reject = true;
            m.reject_hint = 200;
            m.log_term = 3;
            m.commit = 199;
            m.request_snapshot = 300;
        })),
        ("MsgHeartbeatResp with a commit index", message(MessageType::MsgHeartbeatResponse, |m| {
            m.commit = 300;
            m.context = b"ctx".to_vec().into();
        })),
    ];
    all.push(("MsgApp with an entry that has a context", message(MessageType::MsgAppend, |m| {
        let mut entry = Entry::default();
        entry.term = 5;
        entry.index = 1;
        entry.data = b"x=1".to_vec().into();
        entry.context = b"why".to_vec().into();
        entry.sync_log = true;
        m.mut_entries().push(entry);
    })));
    all.push(("MsgApp with changes", message(MessageType::MsgAppend, |m| {
        let mut change = ConfChange::default();
        change.set_change_type(ConfChangeType::AddLearnerNode);
        change.node_id = 4;
        let mut changes = ConfChangeV2::default();
        changes.set_transition(ConfChangeTransition::Explicit);
        for kind in ConfChangeType::values() {
            let mut single = ConfChangeSingle::default();
            single.set_change_type(*kind);
            single.node_id = 5;
            changes.mut_changes().push(single);
        }
        for (index, kind, data) in [
            (1, EntryType::EntryConfChange, change.write_to_bytes().expect("bytes")),
            (2, EntryType::EntryConfChangeV2, changes.write_to_bytes().expect("bytes")),
            (3, EntryType::EntryConfChangeV2, Vec::new()),
        ] {
            let mut entry = Entry::default();
            entry.set_entry_type(kind);
            entry.term = 5;
            entry.index = index;
            entry.data = data.into();
            m.mut_entries().push(entry);
        }
    })));
    all.push(("MsgSnap", message(MessageType::MsgSnapshot, |m| {
        let state = m.mut_snapshot().mut_metadata().mut_conf_state();
        state.voters = vec![1, 2, 300];
        state.voters_outgoing = vec![1, 2, 3];
        state.learners = vec![7];
        state.learners_next = vec![3];
        state.auto_leave = true;
        m.mut_snapshot().mut_metadata().index = 1000;
        m.mut_snapshot().mut_metadata().term = 4;
        m.mut_snapshot().data = b"x=1".to_vec().into();
    })));
    let lines: Vec<String> =
        all.iter().map(|(name, bytes)| format!("  {{\"name\":\"{name}\",\"hex\":\"{}\"}}", hex(bytes))).collect();
    println!("[\n{}\n]", lines.join(",\n"));
}
