import { CommandPalette } from "../components/command-palette.tsx";
import { useModels } from "../models/models.ts";
import { listCommands } from "./commands.tsx";

/** The palette with everything that can be done from anywhere. */
export function Palette(props: { isOpen: boolean; onClose(): void }) {
  const models = useModels();
  return <CommandPalette {...props} commands={() => listCommands(models)} />;
}
