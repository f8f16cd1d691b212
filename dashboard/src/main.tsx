import { computed } from "@preact/signals";
import { render } from "preact";
import { createAddressBar } from "./adapter/address-bar.ts";
import { createHub } from "./adapter/hub.ts";
import { createSurroundings } from "./adapter/surroundings.ts";
import { App } from "./app.tsx";
import { keepTitle } from "./components/page-title.ts";
import { createModels } from "./models/models.ts";

const models = createModels({
  hub: createHub(document, sessionStorage),
  addressBar: createAddressBar(),
  surroundings: createSurroundings(),
  draftStorage: sessionStorage,
});

// Dead letters may lie there for days: they call nobody.
keepTitle(
  computed(() => {
    const { decisions, attention } = models;
    return decisions.count.value + ["/", "/inbox"].reduce((sum, page) => sum + (attention.value[page]?.count ?? 0), 0);
  }),
);

const root = document.getElementById("app");
if (root) render(<App models={models} code={takeSignInCode()} />, root);

/** The one-time code of a sign-in link, taken out of the address before anything can keep or share it. */
function takeSignInCode(): string | null {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1] ?? null;
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}
