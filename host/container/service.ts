/** What a binding to a service of workerd can do: a disk, or another server. */
export interface Service {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}
