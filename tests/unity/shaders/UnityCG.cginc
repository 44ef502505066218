// What the package's shaders use of Unity's UnityCG.cginc, for a compiler that is not Unity's.
#ifndef STANDIN_UNITY_CG
#define STANDIN_UNITY_CG

typedef float4 fixed4;
#define sampler2D Texture2D
SamplerState standin_sampler;
#define tex2D(name, uv) name.Sample(standin_sampler, uv)
#define TRANSFORM_TEX(uv, name) (uv * name##_ST.xy + name##_ST.zw)
#define COMPUTE_EYEDEPTH(o) o = -mul(unity_MatrixV, mul(unity_ObjectToWorld, v.vertex)).z

float4x4 unity_ObjectToWorld;
float4x4 unity_MatrixV;
float4x4 unity_MatrixVP;
float3 _WorldSpaceCameraPos;

struct appdata_base
{
    float4 vertex : POSITION;
    float3 normal : NORMAL;
    float4 texcoord : TEXCOORD0;
};

struct appdata_img
{
    float4 vertex : POSITION;
    float2 texcoord : TEXCOORD0;
};

struct v2f_img
{
    float4 pos : SV_POSITION;
    float2 uv : TEXCOORD0;
};

float4 UnityObjectToClipPos(float4 p) { return mul(unity_MatrixVP, mul(unity_ObjectToWorld, p)); }
float3 UnityObjectToWorldNormal(float3 n) { return normalize(mul((float3x3)unity_ObjectToWorld, n)); }
float LinearToGammaSpaceExact(float v) { return v; }
float GammaToLinearSpaceExact(float v) { return v; }

v2f_img vert_img(appdata_img v)
{
    v2f_img o;
    o.pos = UnityObjectToClipPos(v.vertex);
    o.uv = v.texcoord;
    return o;
}

#endif
