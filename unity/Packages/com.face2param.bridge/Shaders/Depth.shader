// Writes the distance along the camera axis in metres; 0 is the background.
// Built-in pipeline only: used as a replacement shader by Runtime/Capture/CaptureCamera.cs.
// URP and HDRP have no replacement shaders; there the capture gives pictures and landmarks only.
Shader "Hidden/Face2Param/Depth"
{
    Properties
    {
        _MainTex ("Texture", 2D) = "white" {}
        _Color ("Colour", Color) = (1, 1, 1, 1)
        _Cutoff ("Cutoff", Float) = 0.5
    }

    CGINCLUDE
    #include "Face2ParamPass.cginc"

    float4 Value(Surface i)
    {
        return float4(i.depth, 0, 0, 1);
    }

    float4 Opaque(Surface i) : SV_Target
    {
        return Value(i);
    }

    float4 Cutout(Surface i) : SV_Target
    {
        ClipCutout(i);
        return Value(i);
    }

    float4 Transparent(Surface i) : SV_Target
    {
        ClipTransparent(i);
        return Value(i);
    }
    ENDCG

    SubShader
    {
        Tags { "RenderType" = "Opaque" }
        Pass
        {
            Cull Off
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex SurfaceVertex
            #pragma fragment Opaque
            ENDCG
        }
    }

    SubShader
    {
        Tags { "RenderType" = "TransparentCutout" }
        Pass
        {
            Cull Off
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex SurfaceVertex
            #pragma fragment Cutout
            ENDCG
        }
    }

    SubShader
    {
        Tags { "RenderType" = "Transparent" }
        Pass
        {
            Cull Off
            ZWrite On
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex SurfaceVertex
            #pragma fragment Transparent
            ENDCG
        }
    }
}
