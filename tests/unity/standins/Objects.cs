using System;
using System.Collections;
using System.Collections.Generic;

namespace UnityEngine
{
    [Flags]
    public enum HideFlags { None = 0, HideInHierarchy = 1, HideInInspector = 2, DontSaveInEditor = 4, NotEditable = 8, DontSave = 52, HideAndDontSave = 61 }

    public class Object
    {
        private static int made;
        private readonly int id = ++made;
        private bool destroyed;

        public virtual string name { get; set; }
        public HideFlags hideFlags { get; set; }

        public int GetInstanceID() { return id; }
        public static void Destroy(Object thing) { DestroyImmediate(thing); }
        public static void DestroyImmediate(Object thing) { DestroyImmediate(thing, false); }

        public static void DestroyImmediate(Object thing, bool allowDestroyingAssets)
        {
            if (thing == null) return;
            thing.OnDestroyed();
            thing.destroyed = true;
        }

        protected virtual void OnDestroyed() { }
        internal void MarkDestroyed() { destroyed = true; }
        public static void DontDestroyOnLoad(Object thing) { }

        // As in Unity, a destroyed object equals null.
        public static bool operator ==(Object a, Object b)
        {
            bool noA = ReferenceEquals(a, null) || a.destroyed, noB = ReferenceEquals(b, null) || b.destroyed;
            return noA || noB ? noA && noB : ReferenceEquals(a, b);
        }

        public static bool operator !=(Object a, Object b) { return !(a == b); }
        public static implicit operator bool(Object thing) { return thing != null; }
        public override bool Equals(object other) { return ReferenceEquals(this, other); }
        public override int GetHashCode() { return id; }
        public override string ToString() { return name + " (" + GetType().Name + ")"; }
    }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>() where T : ScriptableObject
        {
            return (T)Activator.CreateInstance(typeof(T));
        }
    }

    public class TextAsset : Object
    {
        public TextAsset() : this("") { }
        public TextAsset(string text) { this.text = text; }

        public string text { get; private set; }
        public byte[] bytes { get { return System.Text.Encoding.UTF8.GetBytes(text); } }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }
        public Transform transform { get { return gameObject.transform; } }
        public override string name { get { return gameObject.name; } set { gameObject.name = value; } }

        public T GetComponent<T>() { return gameObject.GetComponent<T>(); }
        public T GetComponentInChildren<T>() { return gameObject.GetComponentInChildren<T>(); }
        public T[] GetComponentsInChildren<T>() { return gameObject.GetComponentsInChildren<T>(false); }
        public T[] GetComponentsInChildren<T>(bool includeInactive) { return gameObject.GetComponentsInChildren<T>(includeInactive); }
        protected override void OnDestroyed() { gameObject.Remove(this); }
    }

    public class Behaviour : Component
    {
        private bool on = true;

        public bool enabled { get { return on; } set { on = value; } }
        public bool isActiveAndEnabled { get { return on && gameObject.activeInHierarchy; } }
    }

    public class MonoBehaviour : Behaviour
    {
    }

    public sealed class GameObject : Object
    {
        private readonly List<Component> components = new List<Component>();
        private bool active = true;

        public GameObject() : this("New Game Object") { }

        public GameObject(string name, params Type[] kinds)
        {
            this.name = name;
            transform = AddComponent<Transform>();
            foreach (Type kind in kinds) AddComponent(kind);
        }

        public Transform transform { get; private set; }
        public int layer { get; set; }
        public string tag { get; set; }
        public bool activeSelf { get { return active; } }
        public bool activeInHierarchy { get { return active && (transform.parent == null || transform.parent.gameObject.activeInHierarchy); } }

        public void SetActive(bool value) { active = value; }
        public T AddComponent<T>() where T : Component { return (T)AddComponent(typeof(T)); }

        public Component AddComponent(Type kind)
        {
            var component = (Component)Activator.CreateInstance(kind);
            component.gameObject = this;
            components.Add(component);
            return component;
        }

        public T GetComponent<T>()
        {
            foreach (Component c in components) if (c is T) return (T)(object)c;
            return default(T);
        }

        public T GetComponentInChildren<T>()
        {
            T[] all = GetComponentsInChildren<T>(false);
            return all.Length > 0 ? all[0] : default(T);
        }

        public T[] GetComponentsInChildren<T>() { return GetComponentsInChildren<T>(false); }

        public T[] GetComponentsInChildren<T>(bool includeInactive)
        {
            var found = new List<T>();
            Collect(found, includeInactive);
            return found.ToArray();
        }

        private void Collect<T>(List<T> found, bool includeInactive)
        {
            if (!includeInactive && !active) return;
            foreach (Component c in components) if (c is T) found.Add((T)(object)c);
            foreach (Transform child in transform) child.gameObject.Collect(found, includeInactive);
        }

        internal void Remove(Component component) { components.Remove(component); }

        protected override void OnDestroyed()
        {
            for (int i = transform.childCount - 1; i >= 0; i--) DestroyImmediate(transform.GetChild(i).gameObject);
            transform.SetParent(null, false);
            foreach (Component c in components) c.MarkDestroyed();
        }
    }

    public class Transform : Component, IEnumerable
    {
        private readonly List<Transform> children = new List<Transform>();
        private Vector3 scale = Vector3.one;
        private Quaternion turn = Quaternion.identity;
        private Transform up;

        public Vector3 localPosition { get; set; }
        public Quaternion localRotation { get { return turn; } set { turn = value; } }
        public Vector3 localScale { get { return scale; } set { scale = value; } }
        public Transform parent { get { return up; } set { SetParent(value, true); } }
        public Transform root { get { return up == null ? this : up.root; } }
        public int childCount { get { return children.Count; } }
        public Matrix4x4 worldToLocalMatrix { get { return localToWorldMatrix.inverse; } }
        public Vector3 forward { get { return rotation * Vector3.forward; } }

        public Matrix4x4 localToWorldMatrix
        {
            get
            {
                Matrix4x4 local = Matrix4x4.TRS(localPosition, turn, scale);
                return up == null ? local : up.localToWorldMatrix * local;
            }
        }

        public Vector3 position
        {
            get { return localToWorldMatrix.GetColumn(3); }
            set { localPosition = up == null ? value : up.worldToLocalMatrix.MultiplyPoint3x4(value); }
        }

        public Quaternion rotation
        {
            get { return up == null ? turn : up.rotation * turn; }
            set { turn = up == null ? value : Quaternion.Inverse(up.rotation) * value; }
        }

        public Vector3 lossyScale { get { return up == null ? scale : Vector3.Scale(up.lossyScale, scale); } }

        public void SetParent(Transform parent) { SetParent(parent, true); }

        public void SetParent(Transform parent, bool worldPositionStays)
        {
            Vector3 place = position;
            Quaternion direction = rotation;
            if (up != null) up.children.Remove(this);
            up = parent;
            if (up != null) up.children.Add(this);
            if (worldPositionStays) { position = place; rotation = direction; }
        }

        public Transform GetChild(int i) { return children[i]; }
        public IEnumerator GetEnumerator() { return new List<Transform>(children).GetEnumerator(); }
        public Vector3 TransformPoint(Vector3 p) { return localToWorldMatrix.MultiplyPoint3x4(p); }
        public Vector3 InverseTransformPoint(Vector3 p) { return worldToLocalMatrix.MultiplyPoint3x4(p); }
        public void LookAt(Vector3 target) { rotation = Quaternion.LookRotation(target - position); }
        public void SetPositionAndRotation(Vector3 p, Quaternion r) { position = p; rotation = r; }

        public Transform Find(string path)
        {
            int slash = path.IndexOf('/');
            string first = slash < 0 ? path : path.Substring(0, slash);
            foreach (Transform child in children)
                if (child.name == first) return slash < 0 ? child : child.Find(path.Substring(slash + 1));
            return null;
        }
    }
}
