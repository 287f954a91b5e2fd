/** The codecs that are measured, each with the same append in the form that it takes. */

import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'
import { PbfReader, PbfWriter } from 'pbf'
import type { MsgApp } from '../../src/core/messages.ts'
import { ByteWriter, decodeMessage, encodeMessage, writeMessage } from '../../src/codec/index.ts'
import type { Append } from './append.ts'
import { readMessage, writeMessage as writePbf } from './pbf.js'
import { bench } from './protobufjs.js'

/** One codec and what it does with one message; each answers something, so that nothing of it can be left out. */
export interface Contender {
  readonly codec: string
  encode(): Uint8Array
  /** `null` if another contender decodes in the same way. */
  readonly decode: (() => unknown) | null
}

/** Everybody, with an append of `entries` entries of `payloadBytes` bytes. */
export function contenders(entries: number, payloadBytes: number): readonly Contender[] {
  const message = appendOf(entries, payloadBytes)
  const plain: Append = {
    type: 3,
    to: message.to,
    from: message.from,
    term: message.term,
    logTerm: message.prevLogTerm,
    index: message.prevLogIndex,
    entries: message.entries.map((entry) => ({
      term: entry.term,
      index: entry.index,
      data: entry.type === 'EntryNormal' && entry.data !== null ? entry.data : new Uint8Array(0),
    })),
    commit: message.commit,
  }
  const bytes = encodeMessage(message)
  return [...own(message, bytes), protobufjs(plain, bytes), pbf(plain, bytes), bufbuild(plain, bytes)]
}

function appendOf(entries: number, payloadBytes: number): MsgApp {
  const [term, before] = [7, 1_000_000]
  return {
    type: 'MsgApp',
    from: 1,
    to: 2,
    term,
    session: null,
    prevLogIndex: before,
    prevLogTerm: term,
    entries: Array.from({ length: entries }, (_, i) => ({
      type: 'EntryNormal',
      term,
      index: before + 1 + i,
      data: new Uint8Array(payloadBytes).fill(i),
    })),
    commit: before - 10,
  }
}

function own(message: MsgApp, bytes: Uint8Array): readonly Contender[] {
  const writer = new ByteWriter(2 * bytes.length)
  return [
    {
      codec: 'quorate',
      decode: () => decodeMessage(bytes),
      // As a transport does it: into one buffer, which is used again.
      encode: () => {
        writer.clear()
        writeMessage(writer, message)
        return writer.view()
      },
    },
    { codec: 'quorate, encodeMessage', decode: null, encode: () => encodeMessage(message) },
  ]
}

function protobufjs(plain: Append, bytes: Uint8Array): Contender {
  // A Buffer makes it slower.
  return {
    codec: 'protobufjs static',
    encode: () => bench.Message.encode(plain).finish(),
    decode: () => bench.Message.decode(bytes),
  }
}

function pbf(plain: Append, bytes: Uint8Array): Contender {
  return {
    codec: 'pbf',
    encode: () => {
      const writer = new PbfWriter()
      writePbf(plain, writer)
      return writer.finish()
    },
    decode: () => readMessage(new PbfReader(bytes)),
  }
}

function bufbuild(plain: Append, bytes: Uint8Array): Contender {
  const schema = bufbuildSchema()
  const message = create(schema, {
    ...plain,
    to: BigInt(plain.to),
    from: BigInt(plain.from),
    term: BigInt(plain.term),
    logTerm: BigInt(plain.logTerm),
    index: BigInt(plain.index),
    commit: BigInt(plain.commit),
    entries: plain.entries.map(({ term, index, data }) => ({
      term: BigInt(term),
      index: BigInt(index),
      data,
    })),
  })
  return {
    codec: '@bufbuild/protobuf',
    encode: () => toBinary(schema, message),
    decode: () => fromBinary(schema, bytes),
  }
}

/** It works by reflection: the descriptor is all that would be generated. */
function bufbuildSchema(): DescMessage {
  const one = (name: string, number: number, type: Type) => ({ name, number, type, label: Label.OPTIONAL })
  const numbers = (names: Readonly<Record<string, number>>) =>
    Object.entries(names).map(([name, number]) => one(name, number, Type.UINT64))
  const file = create(FileDescriptorProtoSchema, {
    name: 'append.proto',
    package: 'bench',
    syntax: 'proto2',
    messageType: [
      {
        name: 'Entry',
        field: [one('type', 1, Type.UINT32), ...numbers({ term: 2, index: 3 }), one('data', 4, Type.BYTES)],
      },
      {
        name: 'Message',
        field: [
          one('type', 1, Type.UINT32),
          ...numbers({ to: 2, from: 3, term: 4, logTerm: 5, index: 6, commit: 8 }),
          { name: 'entries', number: 7, type: Type.MESSAGE, label: Label.REPEATED, typeName: '.bench.Entry' },
        ],
      },
    ],
  })
  const found = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(
    'bench.Message',
  )
  if (found === undefined) throw new Error('the descriptor is not what it should be')
  return found
}
