/** Instances, topics and roles as numbers, so that rows which name them are narrow. */
import { projectOf } from "../../shared/ids.ts";

export class Names {
  readonly #sql: SqlStorage;
  /** As many as there are instances, topics and roles in history. */
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    for (const row of this.#sql.exec<{ id: number; name: string }>("SELECT id, name FROM names")) this.#keep(row);
  }

  /** The number of a name, a new one for a new name. */
  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const project = name.includes(":") && name.includes("@") ? projectOf(name) : "";
    const row = this.#sql
      .exec<{ id: number; name: string }>(
        `INSERT INTO names (name, project) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET project = excluded.project RETURNING id, name`,
        name,
        project,
      )
      .one();
    this.#keep(row);
    return row.id;
  }

  /** The number of a name that history has; undefined for any other. */
  find(name: string): number | undefined {
    return this.#ids.get(name);
  }

  /** The numbers of a name and of those that begin with it up to a boundary of their parts. */
  findNamed(beginning: string): number[] {
    const isNamed = (name: string) =>
      name.startsWith(beginning) &&
      (name.length === beginning.length || "@:/".includes(name[beginning.length] as string));
    return [...this.#ids].flatMap(([name, id]) => (isNamed(name) ? id : []));
  }

  nameOf(id: number): string {
    return this.#names.get(id) ?? "";
  }

  #keep({ id, name }: { id: number; name: string }): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }
}
