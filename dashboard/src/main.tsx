import { render } from "preact";
import { App } from "./app.tsx";
import { watchHealth } from "./health.ts";

const root = document.getElementById("app");
if (root) render(<App />, root);
void watchHealth();
