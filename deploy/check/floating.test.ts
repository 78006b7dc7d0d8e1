import { expect, test } from 'vitest';
import { floatingIn } from './floating.ts';

const referencesIn = (...lines: string[]): string[] => floatingIn(lines.join('\n')).map(({ reference }) => reference);

test('latest, a bare major and no tag float; a version and a digest do not', () => {
  const digest = `node@sha256:${'0'.repeat(64)}`;
  const lines = [
    'FROM node',
    'FROM node:latest',
    'FROM node:24 AS build',
    'FROM node:24.11-bookworm-slim',
    `FROM ${digest}`,
    'FROM build',
    'COPY --from=build /a /a',
  ];
  expect(referencesIn(...lines)).toEqual(['node', 'node:latest', 'node:24']);
});

test('arguments and variables count with their defaults', () => {
  expect(referencesIn('ARG BASE=debian:12', 'FROM ${BASE}')).toEqual(['debian:12']);
  expect(referencesIn('    image: grafana/grafana:${GRAFANA:-12.2.0}', '    image: prom/prometheus:${PROMETHEUS}')).toEqual([
    'prom/prometheus:',
  ]);
});

test('an action needs a version or a commit, a workflow of this repository does not', () => {
  const lines = [
    '      - uses: actions/checkout@v5',
    `      - uses: actions/setup-go@${'a'.repeat(40)}`,
    '    uses: ./.github/workflows/ci.yml',
  ];
  expect(referencesIn(...lines)).toEqual(['actions/checkout@v5']);
});

test('an image that the tree builds needs no version, but is never latest', () => {
  expect(referencesIn('    image: tailrace-slim', '    image: tailrace:dev', '    image: tailrace:latest')).toEqual(['tailrace:latest']);
});
