/** What the doctor found of one thing. */
export interface Finding {
  check: string;
  level: "ok" | "warn" | "fail";
  text: string;
  /** What to do about it; where there is something. */
  remedy?: string;
}

export function ok(check: string, text: string): Finding {
  return { check, level: "ok", text };
}

export function warn(check: string, text: string, remedy: string): Finding {
  return { check, level: "warn", text, remedy };
}

export function fail(check: string, text: string, remedy: string): Finding {
  return { check, level: "fail", text, remedy };
}

/** A line of ours is "what: what to do". */
export function failWith(check: string, problem: Error): Finding {
  const [text, ...rest] = problem.message.split(/: (?=[^:]*$)/);
  return fail(check, text ?? "", rest.join(": ").replace(/\.$/, ""));
}
