/** Sets of values that the tests of the chart render and validate. */

const EVERYTHING = {
  ingress: { enabled: true, tlsSecret: 'counters-example-org-tls' },
  httpRoute: { enabled: true, parentRefs: [{ name: 'front' }], hostnames: ['counters.example.org'] },
  serviceMonitor: { enabled: true },
  one: { backup: { enabled: true } },
};

export const HELM_SETS = {
  one: { existingSecret: 'tallyboard-tokens' },
  many: { form: 'many', existingSecret: 'tallyboard-many' },
  everything: { existingSecret: 'tallyboard-tokens', ...EVERYTHING },
  ownSecret: {},
  ownSecrets: { form: 'many' },
  ownRedis: {
    form: 'many',
    many: {
      valkey: { enabled: false },
      redis: { url: 'redis://:0123456789abcdef@redis.internal', peers: [{ ipBlock: { cidr: '10.0.0.7/32' } }] },
      autoscaling: { enabled: false },
    },
  },
  noRedis: { form: 'many', many: { valkey: { enabled: false } } },
  halfSecrets: { form: 'many', many: { valkey: { existingSecret: 'mine' } } },
  settings: {
    image: { digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'Always' },
    imagePullSecrets: [{ name: 'registry' }],
    fullnameOverride: 'board',
    variables: { ALLOW_ANONYMOUS: 'read', STOP_DEADLINE_MS: '60500', METRICS_PORT: '9999' },
    service: { type: 'LoadBalancer', port: 8080, annotations: { 'example.org/internal': 'true' } },
    networkPolicy: { egress: [{ ports: [{ port: 443, protocol: 'TCP' }] }], scrapers: [] },
    podDisruptionBudget: { enabled: false },
    podAnnotations: { 'example.org/team': 'shop' },
    podLabels: { team: 'shop' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'data', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
    one: { persistence: { size: '20Gi', storageClass: 'fast' } },
  },
} as const;
