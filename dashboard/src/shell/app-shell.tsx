import type { ComponentChildren } from "preact";
import { ErrorBoundary, lazy } from "preact-iso";
import { CountBadge } from "../components/badge.tsx";
import { Icon } from "../components/icon.tsx";
import { ThemeSwitch } from "../components/theme-switch.tsx";
import type { Counts } from "../models/attention.ts";
import { useModels } from "../models/models.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { HubState } from "./hub-state.tsx";
import { PAGES } from "./pages.ts";
import { SessionMenu } from "./session-menu.tsx";
import { usePageShortcuts } from "./use-page-shortcuts.ts";
import "./app-shell.css";

const Attention = lazy(() => import("./attention.tsx"));
const PauseBanner = lazy(() => import("./pause-banner.tsx"));

/** What stands round every page: navigation, the state of the connection, and who is signed in. */
export function AppShell({ path, children }: { path: string; children: ComponentChildren }) {
  const { connection, url, decisions, attention } = useModels();
  // What is asked, and exchanges that are stopped.
  const waiting = decisions.count.value + (attention.value["/inbox"]?.count ?? 0);
  const counts: Counts = { ...attention.value, "/inbox": { count: waiting, label: "open" } };
  usePageShortcuts(url);
  return (
    <div class="shell" data-stale={connection.isStale.value || undefined}>
      <a class="skip-link" href="#page">
        Skip to the page
      </a>
      <header class="shell-bar">
        <a class="shell-brand" href="/" aria-label="cc2cc, Command Center">
          cc2cc
        </a>
        <nav class="shell-nav" aria-label="Pages">
          {PAGES.map(({ href, title, icon }) => (
            <a
              key={href}
              href={href}
              class="shell-link"
              aria-current={path === href ? "page" : undefined}
              data-tip={title}
            >
              <Icon of={icon} />
              <span>{title}</span>
              {counts[href] !== undefined && counts[href].count > 0 && <CountBadge {...counts[href]} />}
            </a>
          ))}
        </nav>
        <div class="shell-tools">
          <HubState />
          <ThemeSwitch />
          <SessionMenu />
        </div>
      </header>
      <ConnectionBanner />
      <ErrorBoundary>
        <Attention />
        <PauseBanner />
      </ErrorBoundary>
      <div id="page" class="shell-page">
        {children}
      </div>
    </div>
  );
}
