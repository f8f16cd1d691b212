import { useEffect, useLayoutEffect } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { Overlays } from "./components/overlays.tsx";
import { type Models, ModelsProvider, useModels } from "./models/models.ts";
import { SignInPage } from "./pages/sign-in/sign-in-page.tsx";
import { AppShell } from "./shell/app-shell.tsx";
import { ConnectionBanner } from "./shell/connection-banner.tsx";

const CommandCenterPage = lazy(() => import("./pages/command-center/command-center-page.tsx"));
const InboxPage = lazy(() => import("./pages/inbox/inbox-page.tsx"));
const TasksPage = lazy(() => import("./pages/tasks/tasks-page.tsx"));
const SchedulesPage = lazy(() => import("./pages/schedules/schedules-page.tsx"));
const SessionPage = lazy(() => import("./pages/session/session-page.tsx"));
const TopicsPage = lazy(() => import("./pages/topics/topics-page.tsx"));
const AnalyticsPage = lazy(() => import("./pages/analytics/analytics-page.tsx"));
const ConversationsPage = lazy(() => import("./pages/conversations/conversations-page.tsx"));
const GraphPage = lazy(() => import("./pages/graph/graph-page.tsx"));
const DeadLettersPage = lazy(() => import("./pages/dead-letters/dead-letters-page.tsx"));
const KeysPage = lazy(() => import("./pages/keys/keys-page.tsx"));

const loadPalette = async () => (await import("./shell/palette.tsx")).Palette;

/** `code` is that of a one-time sign-in link. */
export function App({ models, code }: { models: Models; code: string | null }) {
  useEffect(() => {
    const { session } = models;
    void (code === null ? session.check() : session.signInWithCode(code));
  }, [models, code]);
  return (
    <ModelsProvider value={models}>
      <LocationProvider>
        <Shell />
      </LocationProvider>
      <Overlays loadPalette={loadPalette} />
    </ModelsProvider>
  );
}

function Shell() {
  const { session, url } = useModels();
  const location = useLocation();
  // The router follows links by itself and tells nobody.
  useLayoutEffect(() => url.sync(), [url, location.url]);
  const { kind } = session.state.value;
  if (kind === "signed-out") return <SignInPage />;
  if (kind !== "signed-in") return <Waiting />;
  return (
    <AppShell path={location.path}>
      <ErrorBoundary>
        <Router>
          <Route path="/" component={CommandCenterPage} />
          <Route path="/inbox" component={InboxPage} />
          <Route path="/tasks" component={TasksPage} />
          <Route path="/schedules" component={SchedulesPage} />
          <Route path="/sessions/:id" component={SessionPage} />
          <Route path="/topics" component={TopicsPage} />
          <Route path="/analytics" component={AnalyticsPage} />
          <Route path="/conversations" component={ConversationsPage} />
          <Route path="/graph" component={GraphPage} />
          <Route path="/dead-letters" component={DeadLettersPage} />
          <Route path="/keys" component={KeysPage} />
          <Route default component={NotFound} />
        </Router>
      </ErrorBoundary>
    </AppShell>
  );
}

/** Until it is known who is signed in. */
function Waiting() {
  return (
    <>
      <ConnectionBanner />
      <main class="shell-waiting">
        <h1 class="visually-hidden">cc2cc</h1>
        <p>Asking the hub …</p>
      </main>
    </>
  );
}

function NotFound() {
  return (
    <main class="shell-waiting">
      <div>
        <h1>There is no such page</h1>
        <p>
          <a href="/">Go to the Command Center</a>
        </p>
      </div>
    </main>
  );
}
