import type { Command } from "../components/command-palette.tsx";
import { showPause } from "../components/open-overlay.ts";
import { toast } from "../components/toasts.tsx";
import type { Models } from "../models/models.ts";
import { resume } from "../models/pauses.ts";
import { wordsOf } from "../models/refresher.ts";

/** H3: what may be paused or resumed from anywhere: the session that is chosen, and for admins projects and everything. */
export function listPauseCommands({ url, session, instances, hub }: Models, held: ReadonlySet<string>): Command[] {
  const projects = [...instances.byId.value.values()].map(({ project }) => `project:${project}`);
  const chosen = url.param("instance").value;
  const targets = [
    ...(chosen !== "" && session.canRemove.value(chosen) ? [chosen] : []),
    ...(session.isAdmin.value ? ["all", ...projects, ...held] : []),
  ];
  return [...new Set(targets)].map((target) => {
    const verb = held.has(target) ? "Resume" : "Pause";
    return {
      value: `pause ${target}`,
      label: `${verb} ${nameOf(target)}`,
      keywords: "hold stop wait continue",
      group: "Do",
      run: () => {
        if (verb === "Pause") showPause(target);
        else void resume(hub, target).catch((error) => toast(wordsOf(error), { tone: "bad" }));
      },
    };
  });
}

function nameOf(target: string): string {
  if (target === "all") return "everything";
  return target.startsWith("project:") ? target.replace(":", " ") : target;
}
