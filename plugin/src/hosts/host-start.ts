/** What a process of the plugin is started with, from which its host is told. */
export interface HostStart {
  /** A variable of the environment; undefined where it is unset, empty, or a placeholder that nobody filled. */
  read(name: string): string | undefined;
  /** Where it runs. */
  cwd: string;
  parentPid: number;
  platform: NodeJS.Platform;
}
