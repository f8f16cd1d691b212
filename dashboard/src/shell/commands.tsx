import { Presence } from "../components/badge.tsx";
import type { Command } from "../components/command-palette.tsx";
import { showOverlay, showPause } from "../components/open-overlay.ts";
import { setTheme, THEMES } from "../components/theme.ts";
import { toast } from "../components/toasts.tsx";
import { instanceHref, topicHref } from "../links.ts";
import type { Models } from "../models/models.ts";
import { PAGES } from "./pages.ts";

/** What the palette offers: every page, what can be done from anywhere, and everybody and everything there is. */
export function listCommands(models: Models): Command[] {
  const { url, instances, topics } = models;
  const go = (href: string) => () => url.navigate(href);
  return [
    ...PAGES.map(({ href, title }) => ({ value: href, label: title, group: "Go to", run: go(href) })),
    ...listActions(models),
    ...listPauses(models),
    ...[...instances.online.value, ...instances.offline.value].map(({ instanceId, status, role, paused }) => ({
      value: instanceId,
      label: instanceId,
      group: "Instances",
      hint: [role, status, paused && "paused"].filter(Boolean).join(", "),
      mark: <Presence isOnline={status === "online"} />,
      run: go(instanceHref(instanceId)),
    })),
    ...topics.all.value.map(({ name, subscriberCount }) => ({
      value: `#${name}`,
      label: `#${name}`,
      group: "Topics",
      hint: subscriberCount === 1 ? "1 subscriber" : `${subscriberCount} subscribers`,
      run: go(topicHref(name)),
    })),
  ];
}

function listActions({ url, session }: Models): Command[] {
  const action = (label: string, keywords: string, run: () => void): Command => ({
    value: label,
    label,
    keywords,
    group: "Do",
    run,
  });
  return [
    action("Join another machine", "invite command qr key install", () => showOverlay("join")),
    action("Show what is unanswered", "questions tasks open waiting", () => url.navigate("/?q=is:unanswered")),
    action("Keyboard shortcuts", "help keys", () => showOverlay("help")),
    ...THEMES.map((theme) => action(`Theme: ${theme}`, "colours dark light", () => setTheme(theme))),
    ...(session.info.value === null ? [] : [action("Sign out", "leave end session", () => void session.signOut())]),
  ];
}

/** H3: what may be paused or resumed from anywhere: the session that is chosen, and for admins projects and everything. */
function listPauses({ url, session, instances, paused, hub }: Models): Command[] {
  const held = new Set(paused.value.map(({ target }) => target));
  const projects = [...new Set([...instances.byId.value.values()].map(({ project }) => `project:${project}`))];
  const chosen = url.param("instance").value;
  const targets = [
    ...(chosen !== "" && session.canRemove.value(chosen) ? [chosen] : []),
    ...(session.isAdmin.value ? ["all", ...projects] : []),
  ];
  return targets.map((target) => {
    const verb = held.has(target) ? "Resume" : "Pause";
    return {
      value: `pause ${target}`,
      label: `${verb} ${target === "all" ? "everything" : target.replace(":", target.includes("@") ? ":" : " ")}`,
      keywords: "hold stop wait continue",
      group: "Do",
      run: () => {
        if (verb === "Pause") showPause(target);
        else
          void hub.rest
            .delete("/api/pauses", { query: { target } })
            .catch((error: Error) => toast(error.message, { tone: "bad" }));
      },
    };
  });
}
