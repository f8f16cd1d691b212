import { Dialog } from "./dialog.tsx";
import { describeKeys, type Shortcut, shortcuts } from "./shortcuts.ts";
import "./shortcut-help.css";

/** Lists every shortcut that works on the page as it is. */
export function ShortcutHelp({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog title="Keyboard shortcuts" size="wide" isOpen={isOpen} onClose={onClose}>
      <div class="shortcut-groups">
        {[...Map.groupBy(shortcuts.value.filter(isAlive), ({ group }) => group)].map(([group, list]) => (
          <ShortcutGroup key={group} name={group} list={list} />
        ))}
      </div>
    </Dialog>
  );
}

function isAlive({ selector }: Shortcut): boolean {
  return selector === undefined || document.querySelector(selector) !== null;
}

function ShortcutGroup({ name, list }: { name: string; list: readonly Shortcut[] }) {
  return (
    <section>
      <h3>{name}</h3>
      <dl>
        {list.map(({ keys, label }) => (
          <div key={keys + label} class="shortcut">
            <dt>{label}</dt>
            <dd>
              <Keys keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Keys as caps: `<Keys keys="$mod+k" />`. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span class="keys">
      {describeKeys(keys).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
