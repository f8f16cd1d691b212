import type { FanOutProps } from "./fan-out.tsx";
import { useLoaded } from "./use-loaded.ts";

const load = () => import("./fan-out.tsx").then(({ FanOut }) => FanOut);
/** The page says that the hub does not answer; the next card asks again. */
const ignore = () => undefined;

/** How far a message for several got. It comes after the messages themselves, into a line that is kept free for it. */
export function FanOutPart(props: FanOutProps) {
  const FanOut = useLoaded(true, load, ignore);
  return <div class="fan-out">{FanOut && <FanOut {...props} />}</div>;
}
