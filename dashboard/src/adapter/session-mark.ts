/** What a page knows of its session before it asks the hub. */
import { SESSION_MARK_COOKIE } from "../../../shared/session-mark.ts";

export interface SessionMark {
  /** False when there is surely no session; true proves nothing. */
  isThere(): boolean;
  /** The hub said that there is no session after all. */
  remove(): void;
}

export function createSessionMark(page: Pick<Document, "cookie">, port: string): SessionMark {
  return {
    isThere: () => page.cookie.split("; ").some((cookie) => cookie.startsWith(SESSION_MARK_COOKIE)),
    remove() {
      // That of another hub on this host stays.
      page.cookie = `${SESSION_MARK_COOKIE}${port === "" ? "" : `_${port}`}=; path=/; max-age=0`;
    },
  };
}
