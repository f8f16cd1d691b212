import { RoleBadge } from "./badge.tsx";
import { SenderMark } from "./sender-mark.tsx";
import "./instance-name.css";

const SHORT_SESSION = 6;

export interface InstanceNameProps {
  /** An instance id, `dashboard` for what came by REST, `topic:<name>` or `broadcast`. */
  id: string;
  /** Says more of who that is than the session does, and stands before it. */
  role?: string | undefined;
  /** With a mark in a colour of its own. */
  hasMark?: boolean;
  /** Makes it a button, such as one that opens the instance's drawer. */
  onOpen?(id: string): void;
}

/** An id as people read it: who and which project in full, of the session what tells it from others. The title has it whole. */
export function InstanceName({ id, role, hasMark, onOpen }: InstanceNameProps) {
  const parts = (
    <>
      {hasMark && <SenderMark id={id} />}
      <InstanceParts id={id} role={role} />
    </>
  );
  if (onOpen === undefined) {
    return (
      <span class="instance-name" title={id}>
        {parts}
      </span>
    );
  }
  return (
    <button type="button" class="instance-name" title={id} onClick={() => onOpen(id)}>
      {parts}
    </button>
  );
}

function InstanceParts({ id, role }: Pick<InstanceNameProps, "id" | "role">) {
  const badge = role !== undefined && role !== "" && <RoleBadge role={role} />;
  const match = /^([^@]+)(@[^:]+:[^/]+)\/(.+)$/.exec(id);
  if (match === null) {
    return (
      <>
        <b>{id}</b>
        {badge}
      </>
    );
  }
  const [, user, place, session = ""] = match;
  return (
    <>
      <b>{user}</b>
      {badge}
      <span>{place}</span>
      <span class="instance-session">/{shortenSession(session)}</span>
    </>
  );
}

/** `0192f3a1-…-5d21b07c` → `…21b07c`, since ids of one hour begin alike; a session that somebody named stays whole while it is short. */
export function shortenSession(session: string): string {
  return session.length <= SHORT_SESSION + 4 ? session : `…${session.slice(-SHORT_SESSION)}`;
}
