import { constants, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { create } from 'tar';
import { UserError, messageOf } from '../core/errors.js';

/** A tar archive without entries: two blocks of zeros. */
const EMPTY = Buffer.alloc(1024);

export interface PackOptions {
  /**
   * Says which entries to leave out, by their path relative to the directory (`a/b`); a directory that is left out is
   * not entered.
   */
  ignore?: (path: string, isDirectory: boolean) => boolean;
}

/**
 * A directory as a tar stream (not compressed): files, directories and symbolic links in a fixed order, with their
 * modes,
 * without their owners. Sockets, pipes and devices are left out, and so is the directory itself: the target keeps its
 * own mode.
 * @throws UserError when the directory cannot be read.
 */
export function packDirectory(directory: string, options: PackOptions = {}): Readable {
  let paths: string[];
  try {
    paths = list(directory, '', options.ignore ?? (() => false));
  } catch (error) {
    throw new UserError(`${directory} cannot be packed: ${messageOf(error)}`, { where: directory, cause: error });
  }
  if (paths.length === 0) return Readable.from([EMPTY]);
  const pack = create(
    {
      cwd: directory,
      noDirRecurse: true,
      strict: true,
      onWriteEntry: (entry) => {
        if (entry.stat)
          Object.assign(entry.stat, {
            uid: 0,
            gid: 0,
            atime: undefined,
            ctime: undefined,
            dev: undefined,
            ino: undefined,
            nlink: undefined,
          });
        entry.myuser = '';
      },
    },
    // The prefix keeps names such as `@file` from being read as options of the packer.
    paths.map((path) => `./${path}`),
  );
  return Readable.from(pack, { objectMode: false });
}

function list(root: string, parent: string, ignore: NonNullable<PackOptions['ignore']>): string[] {
  const names = readdirSync(join(root, parent)).sort((a, b) => (a < b ? -1 : 1));
  return names.flatMap((name) => {
    const path = parent ? `${parent}/${name}` : name;
    const kind = lstatSync(join(root, path)).mode & constants.S_IFMT;
    const isDirectory = kind === constants.S_IFDIR;
    if (!isDirectory && kind !== constants.S_IFREG && kind !== constants.S_IFLNK) return [];
    if (ignore(path, isDirectory)) return [];
    return isDirectory ? [path, ...list(root, path, ignore)] : [path];
  });
}
