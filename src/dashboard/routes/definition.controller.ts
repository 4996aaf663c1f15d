/** The definition of a dashboard as a resource: read, replace and patch. */
import { Body, Controller, Get, Param, Patch, Put, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { getActorName } from '../../auth/authorizer.js';
import { NAME_PATTERN } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ApiDocs, type RouteDocs } from '../../http/api-docs.decorator.js';
import { matchesETag } from '../../http/etag.js';
import { isJsonObject, parseBody } from '../../validation/validation.pipe.js';
import { mergeDefinition } from '../definition-patch.js';
import { DefinitionService } from '../definition.service.js';
import { DashboardService } from '../dashboard.service.js';
import { explainUnknownDashboard } from '../state/unknown-names.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { setCacheHeaders } from './cache-headers.js';
import { DashboardDefinitionDto } from './definition.dto.js';
import {
  type DefinitionResource,
  type DefinitionResponse,
  toDefinitionResource,
  toDefinitionResponse,
} from './responses.js';

const CHANGE_DOCS = {
  tag: 'Dashboards',
  role: 'admin',
  headers: ['If-Match', 'If-None-Match'],
} as const satisfies Partial<RouteDocs>;
const CHANGE_PROBLEMS = [
  'definition-fixed',
  'below-minimum',
  'name-taken',
  'definition-changed',
  'too-many-counters',
  'overloaded',
  'store-unavailable',
] as const;
const CHANGED = {
  description: 'The dashboard existed and has this definition now.',
  content: { 'application/json': 'Definition' },
  headers: ['ETag'],
} as const;

@Controller('dashboards/:dashboard')
export class DefinitionController {
  constructor(
    private readonly definitions: DefinitionService,
    private readonly dashboards: DashboardService,
  ) {}

  /**
   * Returns the definition, with the defaults that hold in `resolved`. The `ETag` is `"epoch:v<version>"`;
   * `If-None-Match` gets 304.
   */
  @Get('definition')
  @ApiDocs({
    tag: 'Dashboards',
    operationId: 'getDefinition',
    summary: 'Read the definition of a dashboard',
    role: 'read',
    acceptsTicket: true,
    headers: ['If-None-Match'],
    responses: {
      200: {
        description: 'The definition. Members that were not given are absent.',
        content: { 'application/json': 'DefinitionResource' },
        headers: ['ETag', 'Cache-Control'],
      },
      304: { description: 'Not modified.', headers: ['ETag', 'Cache-Control'] },
    },
    problems: ['unknown-dashboard', 'store-unavailable'],
  })
  async read(
    @Param('dashboard') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DefinitionResource> {
    const state = await this.dashboards.getLatest(name);
    setCacheHeaders(request, response, toDefinitionTag(state), 'no-cache');
    return toDefinitionResource(state, this.dashboards.resolveReckoning(state));
  }

  /**
   * Creates a dashboard (201), or replaces its definition (200). What is absent takes its default; a counter that is
   * not named stays as it is. Never removes a counter or changes a value. Adding counters to an existing dashboard
   * increments its revision.
   */
  @Put()
  @ApiDocs({
    ...CHANGE_DOCS,
    operationId: 'defineDashboard',
    summary: 'Create or redefine a dashboard',
    description:
      'Replaces the definition: what is absent takes its default, and counters that are not named stay as they are. Never removes a counter or changes a value. Adding counters to an existing dashboard increments its revision.',
    body: 'DashboardDefinition',
    responses: {
      200: CHANGED,
      201: { ...CHANGED, description: 'The dashboard has been created.' },
    },
    problems: [...CHANGE_PROBLEMS, 'too-many-dashboards'],
  })
  async replace(
    @Param('dashboard') name: string,
    @Body() body: DashboardDefinitionDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DefinitionResponse> {
    assertDashboardName(name);
    const definition = body.toDefinition();
    const { created, state } = await this.definitions.change(name, {
      who: getActorName(request),
      isExpected: createPrecondition(request),
      compute: () => definition,
    });
    response.status(created ? 201 : 200);
    return sendDefinition(response, state);
  }

  /**
   * Changes a definition by a JSON Merge Patch (RFC 7396): what is absent stays, and `null` takes a member or a measure
   * away. `target`, `thresholds`, `layout` and each measure are replaced whole.
   */
  @Patch()
  @ApiDocs({
    ...CHANGE_DOCS,
    operationId: 'updateDashboard',
    summary: 'Change the definition of a dashboard',
    description:
      'A JSON Merge Patch (RFC 7396): what is absent stays, and `null` takes a member or a measure away. `target`, `thresholds`, `layout` and each measure are replaced whole. Counters are only removed by `DELETE`.',
    body: 'DefinitionPatch',
    bodyTypes: ['application/merge-patch+json', 'application/json'],
    responses: { 200: CHANGED },
    problems: ['unknown-dashboard', 'needed-by-measure', ...CHANGE_PROBLEMS],
  })
  async patch(
    @Param('dashboard') name: string,
    @Body() patch: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DefinitionResponse> {
    if (!isJsonObject(patch)) {
      const detail = 'must be a JSON object';
      throw new TallyError('invalid-request', `the request body ${detail}`, { errors: [{ pointer: '', detail }] });
    }
    const isExpected = createPrecondition(request);
    const { state } = await this.definitions.change(name, {
      who: getActorName(request),
      isExpected,
      compute: (present) => {
        if (!present) throw explainUnknownDashboard(name, []);
        const merged = mergeDefinition({ ...present.settings, counters: present.getDefinitions() }, patch);
        return parseBody(DashboardDefinitionDto, merged).toDefinition();
      },
    });
    return sendDefinition(response, state);
  }
}

function toDefinitionTag({ epoch, version }: DashboardState): string {
  return `${epoch}:v${version}`;
}

function sendDefinition(response: Response, state: DashboardState): DefinitionResponse {
  response.setHeader('ETag', `"${toDefinitionTag(state)}"`);
  return toDefinitionResponse(state);
}

/**
 * Evaluates `If-Match` and `If-None-Match` (RFC 9110, 13.1) of a request that changes a definition. Tags that a proxy
 * has changed match too: the state that they stand for is the same.
 */
function createPrecondition({ headers }: Request): (present: DashboardState | undefined) => boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  return (present) => {
    const etag = present && `"${toDefinitionTag(present)}"`;
    if (ifMatch !== undefined && !(etag !== undefined && matchesETag(ifMatch, etag))) return false;
    return ifNoneMatch === undefined || etag === undefined || !matchesETag(ifNoneMatch, etag);
  };
}

function assertDashboardName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  const detail = `the name of a dashboard must match ${NAME_PATTERN.source}`;
  throw new TallyError('invalid-request', detail, { errors: [{ parameter: 'dashboard', detail }] });
}
