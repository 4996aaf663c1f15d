/** Static files that are made when they are first requested. */
import type { StaticFile } from './static-file.js';

/** Makes each file once. A file that cannot be made, for want of a file descriptor for example, is tried again. */
export class LazyFiles {
  readonly #files = new Map<string, Promise<StaticFile>>();

  /** @throws the error of `create` */
  async get(name: string, create: () => Promise<StaticFile>): Promise<StaticFile> {
    const file = this.#files.get(name) ?? create();
    this.#files.set(name, file);
    try {
      return await file;
    } catch (error) {
      this.#files.delete(name);
      throw error;
    }
  }
}
