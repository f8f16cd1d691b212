import { useModel } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { notify, sound } from "../adapter/notifications.ts";
import iconUrl from "../icon.svg";
import { AttentionModel, type Call } from "../models/attention.ts";
import { useModels } from "../models/models.ts";

/** Keeps what wants a person: for the navigation and the title, and on the icon of the tab; and calls them. */
export default function Attention() {
  const { hub, url, surroundings, attention, stoppedInstances, decisions } = useModels();
  const model = useModel(() => {
    const { isVisible } = surroundings;
    return new AttentionModel(hub, url.path, isVisible, ({ title, about, href }: Call) => {
      sound();
      if (!isVisible.peek()) notify(title, about, () => url.navigate(href));
    });
  });
  const counts = model.counts.value;
  const stopped = model.stopped.value;
  useEffect(() => {
    attention.value = counts;
    stoppedInstances.value = stopped;
  }, [counts, attention, stopped, stoppedInstances]);
  useEffect(
    () => () => {
      attention.value = {};
    },
    [attention],
  );
  const isWanted = decisions.count.value + (counts["/"]?.count ?? 0) + (counts["/inbox"]?.count ?? 0) > 0;
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link !== null) link.href = isWanted ? WANTED_ICON : iconUrl;
  }, [isWanted]);
  return null;
}

/** The icon with a red dot: drawn here, since an image in an image would not be shown. */
const WANTED_ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5c66"/><circle cx="9" cy="16" r="4" fill="#7fe3ee"/><circle cx="23" cy="16" r="4" fill="#ffd27a"/><path d="M13 16h6" stroke="#fff" stroke-width="2"/><circle cx="24" cy="8" r="8" fill="#e5322d" stroke="#fff" stroke-width="2"/></svg>`,
)}`;
