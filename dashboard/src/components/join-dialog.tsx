import { Dialog } from "./dialog.tsx";
import { JoinCommand } from "./join-command.tsx";

export function JoinDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog title="Join another machine" size="wide" isOpen={isOpen} onClose={onClose}>
      <JoinCommand />
    </Dialog>
  );
}
