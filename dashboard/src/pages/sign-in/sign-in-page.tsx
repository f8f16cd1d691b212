import { useSignal } from "@preact/signals";
import { LogIn } from "lucide";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { ThemeSwitch } from "../../components/theme-switch.tsx";
import { useModels } from "../../models/models.ts";
import "./sign-in-page.css";

/** Asks for a key. The key goes to the hub and nowhere else: the session that it opens lives in a cookie no script can read. */
export function SignInPage() {
  const { session } = useModels();
  const state = session.state.value;
  const reason = state.kind === "signed-out" ? state.reason : null;
  return (
    <main class="sign-in">
      <div class="sign-in-card card">
        <header>
          <h1>cc2cc</h1>
          <ThemeSwitch />
        </header>
        <p class="quiet">Claude Code sessions that work together.</p>
        {reason !== null && (
          <p class="sign-in-reason" role="status">
            {reason}
          </p>
        )}
        <SignInForm />
        <p class="field-hint">
          The hub prints a sign-in link when it starts. Its key lies in the file <code>~/.cc2cc/key</code> on the hub's
          machine; keys of others are minted on the Keys page.
        </p>
      </div>
    </main>
  );
}

function SignInForm() {
  const { session } = useModels();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const failure = session.failure.value;
  const waitSeconds = useCountdown(failure?.retryAt ?? null);
  useEffect(() => {
    document.title = "Sign in · cc2cc";
    field.current?.focus();
  }, []);
  useEffect(() => {
    if (failure !== null) field.current?.select();
  }, [failure]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = field.current?.value.trim() ?? "";
    if (key !== "" && waitSeconds === 0) void session.signIn(key);
  };
  return (
    <form class="sign-in-form" onSubmit={submit}>
      {/* A password manager files a password under a name. */}
      <input
        class="visually-hidden"
        name="username"
        autocomplete="username"
        value="cc2cc"
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <div class="field">
        <label for={id}>Key</label>
        <input
          id={id}
          ref={field}
          class="input mono"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          aria-invalid={failure !== null}
          aria-describedby={failure === null ? undefined : `${id}-error`}
        />
      </div>
      <p id={`${id}-error`} class="field-error" role="alert">
        {failure?.text}
        {waitSeconds > 0 && ` Try again in ${waitSeconds} s.`}
      </p>
      <Button type="submit" variant="primary" icon={LogIn} isBusy={session.isBusy.value} disabled={waitSeconds > 0}>
        Sign in
      </Button>
    </form>
  );
}

/** Whole seconds until a moment (epoch ms); 0 when it has come. */
function useCountdown(until: number | null): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    now.value = Date.now();
    if (until === null) return;
    const timer = setInterval(() => {
      now.value = Date.now();
      if (now.value >= until) clearInterval(timer);
    }, 500);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? 0 : Math.max(0, Math.ceil((until - now.value) / 1_000));
}
