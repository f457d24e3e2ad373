import { randomUUID } from 'node:crypto';
import { Refusal, type Json } from './store.js';

/** STUB of ours: long-running operations. One goes a step on whenever it, or what it works on, is looked at. Never compared with the real cloud. */
interface Operation {
  id: string;
  target: string;
  looksLeft: number;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  error?: { code: string; message: string };
  finish(failure?: { code: string; message: string }): void;
}

export class Operations {
  /** How many looks an operation is in progress for. */
  looks = 1;
  /** Operations on what fits stay in progress. */
  held?: RegExp;
  /** Operations on what fits fail, as often as it says. */
  failing?: { on: RegExp; times: number; error: { code: string; message: string } };
  readonly #all = new Map<string, Operation>();

  /** Starts one. @throws Refusal when there is one on the same thing. */
  start(target: string, finish: Operation['finish'], busyCode = 'AnotherOperationInProgress'): Operation {
    this.look(target);
    if (this.running(target)) throw new Refusal(409, busyCode, `Another operation on ${target} is in progress.`);
    const operation: Operation = { id: randomUUID(), target, looksLeft: this.looks, status: 'InProgress', finish };
    this.#all.set(operation.id, operation);
    return operation;
  }

  running(target: string): Operation | undefined {
    return [...this.#all.values()].find(
      (each) => each.status === 'InProgress' && each.target.toLowerCase() === target.toLowerCase(),
    );
  }

  /** Ends the one on a thing, since another takes its place. */
  preempt(target: string): void {
    const operation = this.running(target);
    if (operation)
      Object.assign(operation, {
        status: 'Failed',
        error: { code: 'OperationPreempted', message: 'Another operation took its place.' },
      });
  }

  look(target: string): void {
    const operation = this.running(target);
    if (operation) this.#step(operation);
  }

  /** What its URL answers. */
  answer(id: string): Json {
    const operation = this.#all.get(id);
    if (!operation) throw new Refusal(404, 'NotFound', `There is no operation ${id}.`);
    if (operation.status === 'InProgress') this.#step(operation);
    const { status, error } = operation;
    return { name: id, status, startTime: '2026-01-01T00:00:00Z', ...(error ? { error } : {}) };
  }

  #step(operation: Operation): void {
    if (this.held?.test(operation.target)) return;
    if ((operation.looksLeft -= 1) >= 0) return;
    const failing = this.failing;
    if (failing && failing.times > 0 && failing.on.test(operation.target)) {
      failing.times -= 1;
      Object.assign(operation, { status: 'Failed', error: failing.error });
      operation.finish(failing.error);
      return;
    }
    operation.status = 'Succeeded';
    operation.finish();
  }
}
