import { useModel, useSignal } from "@preact/signals";
import { KeyRound, Plus } from "lucide";
import type { NewKey } from "../../../../shared/keys.ts";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { KeysModel } from "../../models/keys.ts";
import { useModels } from "../../models/models.ts";
import { KeyTable } from "./key-table.tsx";
import { MintDialog } from "./mint-dialog.tsx";
import { NewKeyDialog } from "./new-key-dialog.tsx";
import "./keys-page.css";

export default function KeysPage() {
  const { session } = useModels();
  return session.isAdmin.value ? <KeysOfHub /> : <NotForYou scope={session.info.value?.scope ?? "observer"} />;
}

function NotForYou({ scope }: { scope: string }) {
  return (
    <Page title="Keys">
      <EmptyState icon={KeyRound} title="Keys are kept by admins">
        <p>
          You are signed in with a key of scope <b>{scope}</b>. Whoever runs the hub has an admin key, and can make one
          for you or sign in here to see who uses which.
        </p>
      </EmptyState>
    </Page>
  );
}

function KeysOfHub() {
  const { hub } = useModels();
  const model = useModel(() => new KeysModel(hub));
  const isMinting = useSignal(false);
  const made = useSignal<NewKey | undefined>(undefined);
  return (
    <Page
      title="Keys"
      actions={
        <Button
          variant="primary"
          icon={Plus}
          onClick={() => {
            isMinting.value = true;
          }}
        >
          New key
        </Button>
      }
    >
      <div class="page-body">
        <Rotation />
        <ListState
          loading={model.loading.value}
          isEmpty={model.keys.value.length === 0}
          empty={<EmptyState icon={KeyRound} title="This hub has no keys" />}
        >
          <KeyTable model={model} />
        </ListState>
      </div>
      <MintDialog
        model={model}
        isOpen={isMinting.value}
        onClose={(key) => {
          isMinting.value = false;
          made.value = key;
        }}
      />
      <NewKeyDialog
        made={made.value}
        onClose={() => {
          made.value = undefined;
        }}
      />
    </Page>
  );
}

function Rotation() {
  return (
    <details class="keys-rotation">
      <summary>How to change a key without a break</summary>
      <ol>
        <li>Make a new key of the same scope, and hand it to whoever uses the old one.</li>
        <li>
          Watch the old key here: <b>In use by</b> names the sessions that still come with it, and <b>Last used</b> when
          anything last did.
        </li>
        <li>When nobody does any more, revoke it. What still uses it then is cut off at once and told why.</li>
      </ol>
      <p>
        A key of the environment is in <code>CC2CC_HUB_API_KEY</code> or in the hub's key file. Several, separated by
        commas, are valid at once: add the new one, and take the old one out when nobody uses it. A changed file is read
        within seconds; a changed variable, when the hub starts again.
      </p>
    </details>
  );
}
