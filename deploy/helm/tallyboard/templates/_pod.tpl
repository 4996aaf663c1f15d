{{/* Parts of pods. */}}

{{/* The user of the image, and what the restricted Pod Security Standard asks of a pod. Takes the user's number. */}}
{{- define "tallyboard.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tallyboard.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* What the pods of the service have in common, without their volumes. */}}
{{- define "tallyboard.podSettings" -}}
serviceAccountName: {{ include "tallyboard.fullname" . }}
automountServiceAccountToken: false
# Otherwise Kubernetes sets TALLYBOARD_PORT to the address of the Service, which takes precedence over PORT.
enableServiceLinks: false
securityContext:
  {{- include "tallyboard.podSecurity" 10001 | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* Image and rights of a container that runs the image of the service. */}}
{{- define "tallyboard.containerBase" -}}
image: {{ include "tallyboard.image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
securityContext:
  {{- include "tallyboard.containerSecurity" . | nindent 2 }}
{{- end }}

{{/* The pod of the service, in both forms. */}}
{{- define "tallyboard.pod" -}}
{{- $isMany := eq .Values.form "many" -}}
metadata:
  labels:
    {{- include "tallyboard.selector" (list . .Chart.Name) | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "tallyboard.podSettings" . | nindent 2 }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  # More than READY_GRACE_MS plus STOP_DEADLINE_MS.
  {{- with .Values.variables }}
  {{- $stopMs := add (.READY_GRACE_MS | default "0" | int) (.STOP_DEADLINE_MS | default "10000" | int) }}
  terminationGracePeriodSeconds: {{ add (div (add $stopMs 999) 1000) 5 }}
  {{- end }}
  {{- if $isMany }}
  # Spreads pods over nodes and zones, if there are several.
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "tallyboard.selector" (list $ $.Chart.Name) | nindent 10 }}
      # Considers only pods of the same version: pods that are about to stop do not matter.
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  containers:
    - name: tallyboard
      {{- include "tallyboard.containerBase" . | nindent 6 }}
      env:
        {{- if $isMany }}
        - name: STORE
          value: redis
        - name: REDIS_URL_FILE
          value: /run/secrets/tallyboard/redis-url
        - name: TICKET_SECRET_FILE
          value: /run/secrets/tallyboard/ticket-secret
        {{- end }}
        - name: WRITE_TOKENS_FILE
          value: /run/secrets/tallyboard/write-tokens
        - name: ADMIN_TOKENS_FILE
          value: /run/secrets/tallyboard/admin-tokens
        {{- range $name, $value := .Values.variables }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      ports:
        - name: http
          containerPort: 8082
        - name: metrics
          containerPort: {{ .Values.variables.METRICS_PORT }}
      # Opening a large embedded store takes a while.
      startupProbe:
        httpGet:
          path: /health/live
          port: http
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: {{ ternary 30 150 $isMany }}
      # Liveness does not depend on Redis: a restart would not bring it back, and would disconnect all viewers.
      livenessProbe:
        httpGet:
          path: /health/live
          port: http
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet:
          path: /health/ready
          port: http
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      resources:
        {{- toYaml (index .Values .Values.form).resources | nindent 8 }}
      volumeMounts:
        {{- if not $isMany }}
        - name: data
          mountPath: /data
        # SQLite sorts data here that does not fit into its cache.
        - name: tmp
          mountPath: /tmp
        {{- end }}
        - name: {{ ternary "secrets" "tokens" $isMany }}
          mountPath: /run/secrets/tallyboard
          readOnly: true
  volumes:
    {{- if not $isMany }}
    - name: tmp
      emptyDir:
        sizeLimit: 256Mi
    {{- end }}
    - name: {{ ternary "secrets" "tokens" $isMany }}
      secret:
        secretName: {{ include "tallyboard.secret" . }}
        defaultMode: 288 # 0440
{{- end }}

{{/* A claim for a volume: a dictionary with `size` and `storageClass`. */}}
{{- define "tallyboard.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .size }}
{{- end }}
