/** Whether a program would be found by a shell. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export function isOnPath(program: string, env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const endings = process.platform === "win32" ? [".cmd", ".exe", ".ps1", ""] : [""];
  return (env.PATH ?? "").split(delimiter).some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, program + ending), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}
