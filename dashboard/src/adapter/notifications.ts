/** Notifications of the desktop that somebody is asked: off until a person turns them on here, and kept by this browser. */
const NOTIFY_KEY = "cc2cc.notify";

/** Whether a person has turned them on, and the browser shows them. */
export function isNotifying(): boolean {
  try {
    return localStorage.getItem(NOTIFY_KEY) === "on" && Notification.permission === "granted";
  } catch {
    // Storage is turned off, or there are no notifications.
    return false;
  }
}

/** Why they cannot be turned on; null when they are on. */
export async function turnOnNotifications(): Promise<string | null> {
  if (typeof Notification === "undefined" || !isSecureContext) {
    return "This browser notifies for https addresses and localhost only.";
  }
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return "The browser does not let this page notify: allow it in its site settings.";
  localStorage.setItem(NOTIFY_KEY, "on");
  return null;
}

export function turnOffNotifications(): void {
  localStorage.removeItem(NOTIFY_KEY);
}

/** Says that a session asks, to who wants to hear it; a press on it goes to the Inbox. What is asked stays in the page. */
export function notifyAsked(instanceId: string, open: () => void): void {
  if (!isNotifying()) return;
  // The same tag in all tabs: one of them shows it.
  const notification = new Notification(`${instanceId} asks for a decision`, { tag: `cc2cc-${instanceId}` });
  notification.onclick = () => {
    focus();
    open();
    notification.close();
  };
}
