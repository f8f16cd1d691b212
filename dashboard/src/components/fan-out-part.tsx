import type { FanOutProps } from "./fan-out.tsx";
import { Later } from "./later.tsx";

const load = () => import("./fan-out.tsx").then(({ FanOut }) => FanOut);

/** How far a message for several got. It comes after the messages themselves, into a line that is kept free for it. */
export function FanOutPart(props: FanOutProps) {
  return (
    <div class="fan-out">
      <Later isWanted load={load} props={props} />
    </div>
  );
}
