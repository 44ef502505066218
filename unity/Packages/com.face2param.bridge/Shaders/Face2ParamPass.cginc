// What the label, depth and normal passes share: geometry, and which pixels count as surface.
#ifndef FACE2PARAM_PASS_INCLUDED
#define FACE2PARAM_PASS_INCLUDED

#include "UnityCG.cginc"

sampler2D _MainTex;
float4 _MainTex_ST;
fixed4 _Color;
float _Cutoff;

struct Surface
{
    float4 position : SV_POSITION;
    float2 uv : TEXCOORD0;
    float3 normal : TEXCOORD1;
    float3 world : TEXCOORD2;
    float depth : TEXCOORD3;
};

Surface SurfaceVertex(appdata_base v)
{
    Surface o;
    o.position = UnityObjectToClipPos(v.vertex);
    o.uv = v.texcoord.xy;
    o.normal = UnityObjectToWorldNormal(v.normal);
    o.world = mul(unity_ObjectToWorld, v.vertex).xyz;
    COMPUTE_EYEDEPTH(o.depth);
    return o;
}

// Hair cards and lashes count where the picture shows them.
void ClipCutout(Surface i)
{
    clip(tex2D(_MainTex, TRANSFORM_TEX(i.uv, _MainTex)).a * _Color.a - _Cutoff);
}

// Tear films and corneas are seen through; what is more than half there is a surface.
void ClipTransparent(Surface i)
{
    clip(tex2D(_MainTex, TRANSFORM_TEX(i.uv, _MainTex)).a * _Color.a - 0.5);
}

#endif
