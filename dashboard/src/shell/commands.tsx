import { Presence } from "../components/badge.tsx";
import type { Command } from "../components/command-palette.tsx";
import { DENSITIES, setDensity } from "../components/density.ts";
import { showOverlay } from "../components/open-overlay.ts";
import { setTheme, THEMES } from "../components/theme.ts";
import { instanceHref, topicHref } from "../links.ts";
import type { Models } from "../models/models.ts";
import { PAGES } from "./pages.ts";

/** What the palette offers: every page, what can be done from anywhere, and everybody and everything there is. */
export function listCommands(models: Models): Command[] {
  const { url, instances, topics, moreCommands } = models;
  const go = (href: string) => () => url.navigate(href);
  return [
    ...PAGES.map(({ href, title }) => ({ value: href, label: title, group: "Go to", run: go(href) })),
    ...listActions(models),
    ...moreCommands.value(),
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
    action("Settings", "preferences notifications sound alerts density theme", () => showOverlay("settings")),
    ...DENSITIES.map((density) => action(`Density: ${density}`, "rows space small", () => setDensity(density))),
    ...THEMES.map((theme) => action(`Theme: ${theme}`, "colours dark light", () => setTheme(theme))),
    ...(session.info.value === null ? [] : [action("Sign out", "leave end session", () => void session.signOut())]),
  ];
}
