import { describe, expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import {
  InstanceId,
  isInstanceId,
  isTopicName,
  MessageId,
  PartialAddress,
  parseAddress,
  partialOf,
  projectOf,
  projectTopic,
  RoleName,
  toSegment,
} from "./ids.ts";

const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const session = fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/);
const instance = fc.record({ user: name, host: name, project: name, session });
const anyText = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));

describe("A1 instance ids", () => {
  it("takes every combination of well-formed parts, and gives the parts back", () => {
    fc.assert(
      fc.property(instance, ({ user, host, project, session }) => {
        const id = `${user}@${host}:${project}/${session}`;
        expect(isInstanceId(id)).toBe(true);
        expect(parseAddress(id)).toEqual({ kind: "instance", instanceId: id });
        expect(partialOf(id)).toBe(`${user}@${host}:${project}`);
        expect(projectOf(id)).toBe(project);
        expect(PartialAddress.safeParse(partialOf(id)).success).toBe(true);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["no session", "u@h:p"],
    ["an empty session", "u@h:p/"],
    ["an empty user", "@h:p/s"],
    ["a dot in the session", "u@h:p/s.1"],
    ["an underscore in the session", "u@h:p/s_1"],
    ["a space", "u u@h:p/s"],
    ["an accent", "jürgen@h:p/s"],
    ["a second slash", "u@h:p/s/t"],
    ["a line break after it", "u@h:p/s\n"],
    ["a line break inside", "u@h:p\n/s"],
    ["65 characters in a part", `${"u".repeat(65)}@h:p/s`],
    ["65 characters in the session", `u@h:p/${"s".repeat(65)}`],
    ["a null character", "u@h:p/s\u0000"],
  ])("refuses %s", (_, text) => {
    expect(isInstanceId(text)).toBe(false);
    expect(InstanceId.safeParse(text).success).toBe(false);
  });

  it("takes 64 characters in each part", () => {
    const long = "x".repeat(64);
    expect(isInstanceId(`${long}@${long}:${long}/${long}`)).toBe(true);
  });

  it("counts case", () => {
    expect(parseAddress("U@h:p/s")).not.toEqual(parseAddress("u@h:p/s"));
  });
});

describe("A2 addresses", () => {
  it.each([
    ["u@h:p/s", { kind: "instance", instanceId: "u@h:p/s" }],
    ["u@h:p", { kind: "partial", address: "u@h:p" }],
    ["role:backend/reviewer", { kind: "role", role: "backend/reviewer" }],
    ["topic:cc2cc/design", { kind: "topic", topic: "cc2cc/design" }],
    ["broadcast", { kind: "broadcast" }],
  ])("reads %s", (to, address) => expect(parseAddress(to)).toEqual(address));

  it.each(["", "u", "u@h", "u:p", "role:", "role:-x", "topic:", "topic:Upper", "Broadcast", "broadcast ", "u@h:p/s/t"])(
    "refuses %j",
    (to) => expect(parseAddress(to)).toBeUndefined(),
  );

  it("never throws, and what it reads is well formed", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const address = parseAddress(text);
        if (address?.kind === "instance") expect(isInstanceId(text)).toBe(true);
        if (address?.kind === "topic") expect(isTopicName(text.slice(6))).toBe(true);
      }),
    );
  });
});

describe("A5 roles and topics", () => {
  it.each(["a", "Back-end", "team/lead", "0", "a".repeat(64)])("takes the role %s", (role) =>
    expect(RoleName.safeParse(role).success).toBe(true),
  );
  it.each(["", "-a", "/a", "a b", "ä", "a".repeat(65), "a\n"])("refuses the role %j", (role) =>
    expect(RoleName.safeParse(role).success).toBe(false),
  );

  const segment = "a".repeat(30);
  it.each(["a", "a/b", "a/b/c/d", "0.x_y-z", `${segment}/${segment}/${segment}/${segment}`])(
    "takes the topic %s",
    (name) => expect(isTopicName(name)).toBe(true),
  );
  it.each([
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    "a/b/c/d/e",
    "A",
    ".a",
    "a/-b",
    "a".repeat(65),
    "a\n",
    `${"a".repeat(64)}/${"b".repeat(64)}`,
  ])("refuses the topic %j", (name) => expect(isTopicName(name)).toBe(false));

  it.each([
    ["cc2cc", "cc2cc"],
    ["My.Project", "my.project"],
    ["--leading--", "leading"],
    ["__x__", "x__"],
    ["a.-.", "a"],
    ["---", "default"],
    ["Ünï", "n"],
    [`${"a".repeat(63)}-b`, "a".repeat(63)],
  ])("calls the topic of project %s %s", (project, topic) => expect(projectTopic(project)).toBe(topic));

  it("makes a topic name of every project name, and of a topic name itself", () => {
    fc.assert(
      fc.property(fc.oneof(name, anyText), (project) => {
        const topic = projectTopic(project);
        expect(isTopicName(topic)).toBe(true);
        expect(projectTopic(topic)).toBe(topic);
      }),
    );
  });
});

describe("A1 segments", () => {
  it.each([
    ["Jürgen Müller", "name", "Jurgen-Muller"],
    ["my_project.v2", "name", "my_project.v2"],
    ["my_project.v2", "session", "my-project-v2"],
    ["日本", "name", "x-185q4i9"],
    ["проект-1", "name", expect.stringMatching(/^1-[0-9a-z]{7}$/)],
    ["🚀", "name", "unknown"],
    ["", "session", "unknown"],
    ["a  /  b", "name", "a-b"],
  ] as [string, "name" | "session", unknown][])("turns %j as a %s into %s", (text, kind, segment) =>
    expect(toSegment(text, kind)).toEqual(segment),
  );

  it("keeps names of other scripts apart", () => {
    const names = ["Алёна", "Алена", "王伟", "李娜", "проект-1", "задача-1", "テスト", "ทดสอบ"];
    expect(new Set(names.map((name) => toSegment(name))).size).toBe(names.length);
  });

  it("makes a valid part of any text, and leaves a valid part as it is", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(isInstanceId(`${toSegment(a)}@${toSegment(b)}:${toSegment(a)}/${toSegment(b, "session")}`)).toBe(true);
        expect(toSegment(toSegment(a))).toBe(toSegment(a));
      }),
    );
  });
});

describe("M3 message ids", () => {
  it.each(["01a204f0-d0c6-7e9d-b4f0-401d13c33730", "01A204F0-D0C6-4E9D-B4F0-401D13C33730"])("takes %s", (id) =>
    expect(MessageId.safeParse(id).success).toBe(true),
  );
  it.each([
    "",
    "1",
    "01a204f0d0c67e9db4f0401d13c33730",
    "01a204f0-d0c6-7e9d-b4f0-401d13c33730\n",
    "g1a204f0-d0c6-7e9d-b4f0-401d13c33730",
  ])("refuses %j", (id) => expect(MessageId.safeParse(id).success).toBe(false));
});
