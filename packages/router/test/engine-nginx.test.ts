import { describe } from 'vitest';
import { engineContract } from './engine.contract.js';

describe('the contract of an engine: nginx', () => engineContract('nginx'));
