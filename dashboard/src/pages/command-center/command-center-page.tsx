import { useSignal } from "@preact/signals";
import { PanelLeft } from "lucide";
import { useEffect, useRef } from "preact/hooks";
import { lazy } from "preact-iso";
import { IconButton } from "../../components/button.tsx";
import { pageTitle } from "../../components/page-title.ts";
import { useModels } from "../../models/models.ts";
import { FeedFilters } from "./feed-filters.tsx";
import { FeedList } from "./feed-list.tsx";
import { SendBar } from "./send-bar.tsx";
import { Sidebar } from "./sidebar.tsx";
import "./command-center-page.css";

const InstanceDrawer = lazy(() => import("./instance-drawer.tsx").then(({ InstanceDrawer }) => InstanceDrawer));

/** Who is there, what is said, and a place to say something. */
export default function CommandCenterPage() {
  const { feed, url, composer } = useModels();
  const isSheetOpen = useSignal(false);
  const sheetButton = useRef<HTMLButtonElement>(null);
  const newCount = feed.newCount.value;
  const selected = url.param("instance").value;
  const isDrawerOpen = url.param("drawer").value === "open" && selected !== "";
  useEffect(() => {
    pageTitle.value = `${newCount === 0 ? "" : `(${newCount}) `}Command Center`;
  }, [newCount]);
  // Whatever was chosen in the sheet is what should be seen now.
  useEffect(() => {
    isSheetOpen.value = false;
  }, [url.search.value]);
  const closeSheet = () => {
    isSheetOpen.value = false;
    sheetButton.current?.focus();
  };
  return (
    <main class="command-center" data-sheet={isSheetOpen.value || undefined}>
      <h1 class="visually-hidden">Command Center</h1>
      <Sidebar isSheetOpen={isSheetOpen.value} onClose={closeSheet} />
      <section class="command-center-feed" aria-label="Messages">
        <div class="feed-bar">
          <IconButton
            class="sheet-button"
            buttonRef={sheetButton}
            icon={PanelLeft}
            label="Topics and instances"
            aria-expanded={isSheetOpen.value}
            aria-controls="sidebar"
            onClick={() => (isSheetOpen.value = !isSheetOpen.value)}
          />
          <FeedFilters />
        </div>
        <FeedList />
        <SendBar />
      </section>
      {isDrawerOpen && (
        <InstanceDrawer
          key={selected}
          instanceId={selected}
          onClose={() => url.set({ drawer: null }, "push")}
          onWrite={composer.write}
        />
      )}
    </main>
  );
}
