/** Rules of a dashboard as resources, and their deliveries. */
import { Body, Controller, Delete, Get, Param, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NAME_PATTERN } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ApiDocs } from '../../http/api-docs.decorator.js';
import { RulesService } from '../rules.service.js';
import { RuleDto } from './rule.dto.js';
import {
  type DeliveriesResponse,
  type RuleResponse,
  type RulesResponse,
  type RuleTestResponse,
  toDeliveriesResponse,
  toRuleResponse,
  toRuleTestResponse,
} from './rule-responses.js';

const DOCS = { tag: 'Rules', role: 'admin' } as const;
const READ_PROBLEMS = ['unknown-dashboard', 'unknown-rule', 'store-unavailable'] as const;
const RULE = { description: 'The rule.', content: { 'application/json': 'Rule' } } as const;

@Controller('dashboards/:dashboard/rules')
export class RulesController {
  constructor(private readonly rules: RulesService) {}

  /** Lists the rules by name, with their states. */
  @Get()
  @ApiDocs({
    ...DOCS,
    operationId: 'listRules',
    summary: 'List the rules of a dashboard',
    responses: { 200: { description: 'The rules by name.', content: { 'application/json': 'Rules' } } },
    problems: ['unknown-dashboard', 'store-unavailable'],
  })
  async list(@Param('dashboard') dashboard: string): Promise<RulesResponse> {
    const { rules } = await this.rules.list(dashboard);
    return { dashboard, rules: rules.map((rule) => toRuleResponse(rule)) };
  }

  /** Returns a rule with its state. */
  @Get(':rule')
  @ApiDocs({
    ...DOCS,
    operationId: 'getRule',
    summary: 'Read a rule',
    responses: { 200: RULE },
    problems: READ_PROBLEMS,
  })
  async read(@Param('dashboard') dashboard: string, @Param('rule') name: string): Promise<RuleResponse> {
    return toRuleResponse((await this.rules.get(dashboard, name)).rule);
  }

  /**
   * Creates a rule (201) or replaces it (200). Its state is what is there now: it fires once the condition begins to
   * hold. A secret that was made for a target is in this response and in no other.
   */
  @Put(':rule')
  @ApiDocs({
    ...DOCS,
    operationId: 'defineRule',
    summary: 'Create or replace a rule',
    description:
      'Its state is what is there now, and nothing is sent: it fires once the condition begins to hold, and says so again when it clears. With `in` it fires once a period. A secret that was made for a target is in this response and in no other.',
    body: 'RuleDefinition',
    responses: {
      200: { ...RULE, description: 'The rule existed and is this one now.' },
      201: { ...RULE, description: 'The rule has been created.' },
    },
    problems: ['unknown-dashboard', 'too-many-rules', 'overloaded', 'store-unavailable'],
  })
  async define(
    @Param('dashboard') dashboard: string,
    @Param('rule') name: string,
    @Body() body: RuleDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleResponse> {
    assertRuleName(name);
    const { created, rule, madeSecrets } = await this.rules.define(dashboard, name, body.toDefinition());
    response.status(created ? 201 : 200);
    return toRuleResponse(rule, madeSecrets);
  }

  /** Deletes a rule with its deliveries. What waits is not sent. */
  @Delete(':rule')
  @ApiDocs({
    ...DOCS,
    operationId: 'deleteRule',
    summary: 'Delete a rule',
    description: 'Deletes its deliveries too: what waits is not sent.',
    responses: { 204: { description: 'Deleted.' } },
    problems: [...READ_PROBLEMS, 'overloaded'],
  })
  async remove(
    @Param('dashboard') dashboard: string,
    @Param('rule') name: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.rules.remove(dashboard, name);
    response.status(204);
  }

  /** Lists the newest deliveries of a rule, newest first: at most 100, and all that wait. */
  @Get(':rule/deliveries')
  @ApiDocs({
    ...DOCS,
    operationId: 'listDeliveries',
    summary: 'List the deliveries of a rule',
    responses: {
      200: {
        description: 'The newest 100 deliveries, newest first.',
        content: { 'application/json': 'Deliveries' },
      },
    },
    problems: READ_PROBLEMS,
  })
  async deliveries(@Param('dashboard') dashboard: string, @Param('rule') name: string): Promise<DeliveriesResponse> {
    const { rule, deliveries } = await this.rules.listDeliveries(dashboard, name);
    return toDeliveriesResponse(dashboard, rule, deliveries);
  }

  /** Sends a test to each target, once, and returns the answers. */
  @Post(':rule/test')
  @ApiDocs({
    ...DOCS,
    operationId: 'testRule',
    summary: 'Send a test notification',
    description: 'Sends it to each target once, and waits for the answers: 10 s at most.',
    responses: {
      200: { description: 'The answers of the targets.', content: { 'application/json': 'RuleTest' } },
    },
    problems: [...READ_PROBLEMS, 'rule-paused', 'overloaded'],
  })
  async test(
    @Param('dashboard') dashboard: string,
    @Param('rule') name: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleTestResponse> {
    const results = await this.rules.test(dashboard, name);
    response.status(200);
    return toRuleTestResponse(dashboard, name, results);
  }
}

function assertRuleName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  const detail = `the name of a rule must match ${NAME_PATTERN.source}`;
  throw new TallyError('invalid-request', detail, { errors: [{ parameter: 'rule', detail }] });
}
