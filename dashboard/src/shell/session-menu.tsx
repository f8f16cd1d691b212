import { CircleUser, LogOut, Settings } from "lucide";
import { RestProblem } from "../adapter/rest.ts";
import { IconButton } from "../components/button.tsx";
import { Menu } from "../components/menu.tsx";
import { showOverlay } from "../components/open-overlay.ts";
import { toast } from "../components/toasts.tsx";
import { useModels } from "../models/models.ts";

export function SessionMenu() {
  const { session } = useModels();
  const info = session.info.value;
  if (info === null) return null;
  const who = info.name === undefined ? `scope ${info.scope}` : `${info.name}, scope ${info.scope}`;
  return (
    <Menu
      label={`Signed in: ${who}`}
      align="end"
      trigger={(props) => <IconButton icon={CircleUser} label={`Session: ${who}`} {...props} />}
      items={[
        { label: "Settings", icon: Settings, run: () => showOverlay("settings") },
        { label: "Sign out", icon: LogOut, run: () => void signOut(session.signOut) },
      ]}
    />
  );
}

async function signOut(end: () => Promise<void>): Promise<void> {
  try {
    await end();
  } catch (error) {
    if (!(error instanceof RestProblem)) throw error;
    toast(`You are still signed in: ${error.message}`, { tone: "bad" });
  }
}
