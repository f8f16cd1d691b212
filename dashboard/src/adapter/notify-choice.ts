/** What this browser keeps of the choice; apart from the rest, which is loaded when it is wanted. */
export const NOTIFY_KEY = "cc2cc.notify";

export function isNotifying(): boolean {
  try {
    return localStorage.getItem(NOTIFY_KEY) === "on" && Notification.permission === "granted";
  } catch {
    // Storage is turned off, or there are no notifications.
    return false;
  }
}
