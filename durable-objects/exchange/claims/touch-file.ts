/** L3: collisions at files are noticed by the edits themselves; who is in one hears of it once, in one line. */
import { type FileTouch, scopeOf } from "../../../shared/claims.ts";
import { type Result, success } from "../../../shared/errors.ts";
import { unescapeName } from "../../../shared/escapes.ts";
import { isoTime } from "../../iso-time.ts";
import type { OpOf } from "../../link.ts";
import type { Link } from "../links.ts";
import { quote } from "../quote.ts";
import type { HeldClaim } from "../store/claims.ts";
import type { Instance } from "../store/instances.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";
import { describeClaim } from "./look.ts";
import { heldAgainst } from "./meet.ts";

/** Does a `touch_file`: says who else is there, once, and who claims it; the others hear the same. */
export function touchFile(turn: Turn, { instance }: Link, { file }: OpOf<"touch_file">): Result<object> {
  const { store, now } = turn;
  const [claim] = heldAgainst(store, { holder: instance.number, names: [file], mode: "shared" });
  const others = store.touches.note(file, instance.number, now).flatMap(([number, at]) => {
    const other = store.instances.byNumber(number);
    return other !== undefined && store.touches.isNews(file, instance.number, number, now) ? [{ other, at }] : [];
  });
  const holder = claim && store.instances.byNumber(claim.holder);
  const isClaimNews =
    holder !== undefined && store.touches.isNews(`claimed ${file}`, instance.number, holder.number, now);
  for (const { other } of others) if (other !== holder || !isClaimNews) tellOther(turn, other, instance, file);
  if (claim !== undefined && isClaimNews) tellHolder(turn, holder, instance, claim, file);
  return success({
    others: others.map(({ other, at }) => toTouch(other, at)),
    ...(claim === undefined ? {} : { heldBy: describeClaim(store, claim), isNews: isClaimNews }),
  });
}

function toTouch({ id: instanceId, role }: Instance, at: number): FileTouch {
  return { instanceId, ...(role === null ? {} : { role }), at: isoTime(at) };
}

function tellOther(turn: Turn, recipient: Instance, other: Instance, file: string): void {
  const content = `${other.id} edits ${pathOf(file)} too, as you did in the last ten minutes: agree with them who changes what.`;
  tellInstance(turn, recipient, { part: "claims", type: "result", content });
}

function tellHolder(turn: Turn, holder: Instance, other: Instance, claim: HeldClaim, file: string): void {
  const content = `${other.id} is at ${pathOf(file)}, which you claim by ${claim.name}: talk to them, or release it if you are done.`;
  tellInstance(turn, holder, { part: "claims", type: "result", content });
}

/** The file as people know it, without its repository and branch. */
function pathOf(file: string): string {
  const path = file.slice(scopeOf(file).length + 1);
  return quote(unescapeName(path));
}
