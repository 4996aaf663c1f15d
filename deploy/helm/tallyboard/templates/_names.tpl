{{/* Names, labels and the image. */}}

{{- define "tallyboard.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- /* Leaves room for `-valkey-headless`. */ -}}
{{- .Values.fullnameOverride | default $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "tallyboard.valkey" -}}
{{ include "tallyboard.fullname" . }}-valkey
{{- end }}

{{- define "tallyboard.secret" -}}
{{ .Values.existingSecret | default (printf "%s-secrets" (include "tallyboard.fullname" .)) }}
{{- end }}

{{- define "tallyboard.valkeySecret" -}}
{{ .Values.many.valkey.existingSecret | default (include "tallyboard.valkey" .) }}
{{- end }}

{{- define "tallyboard.hasValkey" -}}
{{ if and (eq .Values.form "many") .Values.many.valkey.enabled }}true{{ end }}
{{- end }}

{{/* Labels that select the pods of a component: a list of the root and the name of the component. */}}
{{- define "tallyboard.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{/* Labels of every resource: a list of the root and the name of the component. */}}
{{- define "tallyboard.labels" -}}
{{- $root := index . 0 -}}
{{ include "tallyboard.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "tallyboard.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}
